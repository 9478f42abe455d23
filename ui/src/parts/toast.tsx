// A short word about what the reader just did, bottom left; also spoken.
import { type ReactNode, createContext, use, useCallback, useEffect, useState } from 'react';
import { Icon } from './Icon.tsx';
import styles from './toast.module.css';

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<{ text: string; id: number } | null>(null);
  const [held, setHeld] = useState(false);
  const say = useCallback((text: string) => setToast({ text, id: Date.now() }), []);
  useEffect(() => {
    if (!toast || held) return;
    const timer = setTimeout(() => setToast(null), 6000);
    return () => clearTimeout(timer);
  }, [toast, held]);
  return (
    <ToastContext value={say}>
      {children}
      <div className={styles.place} role="status" aria-live="polite">
        {toast && (
          <div
            className={styles.toast}
            key={toast.id}
            onPointerEnter={() => setHeld(true)}
            onPointerLeave={() => setHeld(false)}
          >
            <Icon name="check" /> {toast.text}
          </div>
        )}
      </div>
    </ToastContext>
  );
}

export function useToast(): (text: string) => void {
  return use(ToastContext);
}

const ToastContext = createContext<(text: string) => void>(() => undefined);
