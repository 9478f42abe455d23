// The first cell of a row: fold caret, service, operation, and what is remarkable about the hop.
import { Icon } from '../../parts/Icon.tsx';
import { ServiceMark } from '../../parts/ServiceMark.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { hasChildren } from '../../trace/rows.ts';
import { errorText } from '../../trace/span.ts';
import { type Trace, operationOf, serviceOf } from '../../trace/trace.ts';
import styles from './HopGrid.module.css';

interface HopNameProps {
  trace: Trace;
  hop: number;
  folded: boolean;
  withCaller: boolean;
  onFold: (hop: number) => void;
}

export function HopName({ trace, hop, folded, withCaller, onFold }: HopNameProps) {
  const { t } = useText();
  const record = trace.hops.records[hop]!;
  const service = serviceOf(record);
  const caller = record.callee ? (record.caller?.service ?? null) : null;
  return (
    <div role="gridcell" className={styles.name}>
      {hasChildren(trace, hop) ? (
        <button
          type="button"
          className={styles.fold}
          tabIndex={-1}
          aria-label={t(folded ? 'tree.unfold' : 'tree.fold')}
          onClick={(event) => {
            event.stopPropagation();
            onFold(hop);
          }}
        >
          <Icon name={folded ? 'right' : 'down'} />
        </button>
      ) : (
        <span className={styles.leaf} />
      )}
      {withCaller && caller !== null && caller !== service && (
        <span className={styles.caller} lang="en" translate="no">
          {caller} →
        </span>
      )}
      {service === null ? <ServiceName name={null} /> : <ServiceMark name={service} />}
      {service !== null && (
        <span className={styles.service} lang="en" translate="no">
          {service}
        </span>
      )}
      <span className={styles.operation} lang="en" translate="no">
        {operationOf(record) ?? t('common.unnamed')}
      </span>
      <Badges trace={trace} hop={hop} />
    </div>
  );
}

function Badges({ trace, hop }: { trace: Trace; hop: number }) {
  const { t } = useText();
  const record = trace.hops.records[hop]!;
  const orphan = record.notes.some((note) => /orphan|missing parent/i.test(note));
  const error = record.error ? hopError(trace, hop) : null;
  const skewed = record.notes.includes('skew corrected');
  if (!record.error && record.kind !== 'messaging' && !orphan && !skewed) return null;
  return (
    <span className={styles.badges}>
      {record.kind === 'messaging' && record.serverNano !== null && (
        <span className="badge">{t('tree.async')}</span>
      )}
      {orphan && <span className="badge warn">{t('tree.orphan')}</span>}
      {skewed && (
        <span className="badge" title={t('tree.skew')}>
          <Icon name="clock" />
          <span className="offscreen">{t('tree.skew')}</span>
        </span>
      )}
      {record.error && (
        <span className="badge error" title={error ?? undefined}>
          <Icon name="warning" />
          <span className={styles.cut}>{error ?? t('tree.error')}</span>
        </span>
      )}
    </span>
  );
}

/** The error's words from whichever half has them. */
function hopError(trace: Trace, hop: number): string | null {
  const record = trace.hops.records[hop]!;
  for (const end of [record.callee, record.caller]) {
    const span = end?.spanIndex == null ? null : trace.readSpan(end.spanIndex);
    const words = span && errorText(span);
    if (words) return words.slice(0, 200);
  }
  return null;
}
