// A compared hop: how deep it is, whose, which operation, and a link to the call that shows it.
import type { CSSProperties, ReactNode } from 'react';
import { Link } from 'react-router';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import styles from './CompareTable.module.css';

interface HopNameProps {
  hop: { depth: number; service: string | null; operation: string | null };
  traceId: string | null;
  spanId: string | null;
  children?: ReactNode;
}

/** Deeper ones stand as far in as this. */
const DEEPEST = 16;

export function HopName({ hop, traceId, spanId, children }: HopNameProps) {
  const { t } = useText();
  const operation = hop.operation ?? t('common.unnamed');
  const span = spanId ? `?${new URLSearchParams({ span: spanId })}` : '';
  return (
    <span
      className={styles.name}
      style={{ '--depth': Math.min(DEEPEST, hop.depth) } as CSSProperties}
    >
      <ServiceName name={hop.service} />
      {traceId === null ? (
        <span className={styles.operation} lang="en" translate="no">
          {operation}
        </span>
      ) : (
        <Link
          className={styles.operation}
          to={`/traces/${encodeURIComponent(traceId)}${span}`}
          lang="en"
          translate="no"
        >
          {operation}
        </Link>
      )}
      {children}
    </span>
  );
}
