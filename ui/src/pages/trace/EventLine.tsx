// When a span's events were, as marks on its own time.
import { useText } from '../../parts/language.tsx';
import type { Span } from '../../trace/span.ts';
import styles from './EventLine.module.css';

export function EventLine({ span }: { span: Span }) {
  const { t, duration } = useText();
  const { offset, durationNano } = span;
  if (offset === null || !durationNano) return null;
  const marks = span.events.flatMap((event) =>
    event.offset === null ? [] : [(event.offset - offset) / durationNano],
  );
  return (
    <figure className={styles.line}>
      <svg
        role="img"
        aria-label={t('panel.events.line')}
        viewBox="-1 0 102 16"
        preserveAspectRatio="none"
      >
        <path d="M0 11h100" />
        {marks.slice(0, 500).map((share, index) => (
          // Logs may come after the span has ended: those stand at its edge.
          <path
            key={index}
            className={styles.mark}
            d={`M${100 * Math.min(1, Math.max(0, share))} 3v12`}
          />
        ))}
      </svg>
      <figcaption className="num">
        <span>0</span>
        <span>{duration(durationNano)}</span>
      </figcaption>
    </figure>
  );
}
