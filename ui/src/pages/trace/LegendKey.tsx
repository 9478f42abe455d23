// A swatch of one part of the bar, in grey or in a service's colour.
import styles from './LegendKey.module.css';

interface LegendKeyProps {
  part: 'self' | 'below' | 'network' | 'unknown' | 'path';
  service?: string;
}

export function LegendKey({ part, service = 's-none' }: LegendKeyProps) {
  return (
    <svg
      className={`${styles.key} ${styles[part]} ${service}`}
      viewBox="0 0 16 10"
      width="16"
      height="10"
      aria-hidden="true"
    >
      {part === 'path' ? (
        <path d="M0 5h16" />
      ) : (
        <rect x="0.5" y="0.5" width="15" height="9" rx="2" />
      )}
      {part === 'network' && <path d="M1 9 9 1M5 9l8-8M9 9l6-6M1 5l4-4" />}
    </svg>
  );
}
