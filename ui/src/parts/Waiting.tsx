// Boxes in the place of what is not there yet.
import { useText } from './language.tsx';
import styles from './Waiting.module.css';
import type { MessageKey } from '../app/messages/en.ts';

interface WaitingProps {
  label: MessageKey;
  boxes: number;
  /** Says how high the boxes are and how they stand. */
  className?: string | undefined;
}

export function Waiting({ label, boxes, className = '' }: WaitingProps) {
  const { t } = useText();
  return (
    <div className={`${styles.waiting} ${className}`} role="status" aria-label={t(label)}>
      {Array.from({ length: boxes }, (_, box) => (
        <i key={box} />
      ))}
    </div>
  );
}
