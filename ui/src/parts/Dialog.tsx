// A modal dialog on the browser's own: it keeps focus inside and gives it back.
import { type ReactNode, useEffect, useRef } from 'react';
import styles from './Dialog.module.css';

interface DialogProps {
  label: string;
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ label, wide = false, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`${styles.dialog} ${wide ? styles.wide : ''}`}
      aria-label={label}
      onClose={onClose}
      onPointerDown={(event) => {
        // The scrim is the dialog element itself; its content lies in a box inside.
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className={styles.box}>{children}</div>
    </dialog>
  );
}
