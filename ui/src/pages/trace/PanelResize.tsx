// The separator at the panel's edge: dragged, or moved with the arrow keys.
import { useRef } from 'react';
import { useText } from '../../parts/language.tsx';
import styles from './PanelResize.module.css';

const LEAST = 300;
const MOST = 640;

export function PanelResize({
  width,
  onWidth,
}: {
  width: number;
  onWidth: (width: number) => void;
}) {
  const { t } = useText();
  const from = useRef<{ x: number; width: number } | null>(null);
  const set = (next: number) => onWidth(Math.min(MOST, Math.max(LEAST, Math.round(next))));
  return (
    <div
      className={styles.handle}
      role="separator"
      aria-orientation="vertical"
      aria-label={t('panel.title')}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={(event) => {
        from.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) =>
        from.current && set(from.current.width + from.current.x - event.clientX)
      }
      onPointerUp={() => (from.current = null)}
      onKeyDown={(event) => {
        const step = { ArrowLeft: 16, ArrowRight: -16 }[event.key];
        if (!step) return;
        event.preventDefault();
        set(width + step);
      }}
    />
  );
}
