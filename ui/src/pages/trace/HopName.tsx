// The first cell of a row: fold caret, service, operation, and what is remarkable about the hop.
import { Icon } from '../../parts/Icon.tsx';
import { ServiceMark } from '../../parts/ServiceMark.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { hasChildren } from '../../trace/rows.ts';
import { attemptOf } from '../../trace/groups.ts';
import { type Trace, operationOf, serviceOf } from '../../trace/trace.ts';
import styles from './HopGrid.module.css';

interface HopNameProps {
  trace: Trace;
  hop: number;
  folded: boolean;
  group: number | null;
  withCaller: boolean;
  onFold: (hop: number) => void;
  onGroup: (group: number) => void;
}

export function HopName(props: HopNameProps) {
  const { trace, hop, folded, group, withCaller } = props;
  const { t } = useText();
  const record = trace.hops.records[hop]!;
  const service = serviceOf(record);
  const closed = folded || group !== null;
  const caller = record.callee ? (record.caller?.service ?? null) : null;
  return (
    <div role="gridcell" className={styles.name}>
      {hasChildren(trace, hop) || group !== null ? (
        <button
          type="button"
          className={styles.fold}
          tabIndex={-1}
          aria-label={t(closed ? 'tree.unfold' : 'tree.fold')}
          onClick={(event) => {
            event.stopPropagation();
            if (group === null) props.onFold(hop);
            else props.onGroup(group);
          }}
        >
          <Icon name={closed ? 'right' : 'down'} />
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
      <Badges trace={trace} hop={hop} group={group} onGroup={props.onGroup} />
    </div>
  );
}

function Badges({
  trace,
  hop,
  group,
  onGroup,
}: Pick<HopNameProps, 'trace' | 'hop' | 'group' | 'onGroup'>) {
  const { t, count } = useText();
  const record = trace.hops.records[hop]!;
  const orphan = record.notes.some((note) => /orphan|missing parent/i.test(note));
  const error = record.error ? (record.errorText?.slice(0, 200) ?? null) : null;
  const attempt = attemptOf(trace.hops, trace.groups, hop);
  const own = trace.folding.of[hop]!;
  const first = own >= 0 && trace.folding.members[own]![0] === hop ? own : null;
  const failed = group === null ? record.error : trace.groups[group]!.errorCount > 0;
  const skewed = record.notes.includes('skew corrected');
  const plain = !failed && record.kind !== 'messaging' && !orphan && !skewed;
  if (plain && first === null && !attempt) return null;
  return (
    <span className={styles.badges}>
      {record.kind === 'messaging' && record.serverNano !== null && (
        <span className="badge">{t('tree.async')}</span>
      )}
      {first !== null && (
        <button
          type="button"
          className={`badge warn num ${styles.group}`}
          tabIndex={-1}
          aria-label={t(group === null ? 'tree.group.close' : 'tree.group.open', {
            count: trace.groups[first]!.count,
          })}
          onClick={(event) => {
            event.stopPropagation();
            onGroup(first);
          }}
        >
          ×{count(trace.groups[first]!.count)}
        </button>
      )}
      {attempt && <span className="badge">{t('tree.attempt', attempt)}</span>}
      {orphan && <span className="badge warn">{t('tree.orphan')}</span>}
      {skewed && (
        <span className="badge" title={t('tree.skew')}>
          <Icon name="clock" />
          <span className="offscreen">{t('tree.skew')}</span>
        </span>
      )}
      {failed && (
        <span className="badge error" title={error ?? undefined}>
          <Icon name="warning" />
          <span className={styles.cut}>{error ?? t('tree.error')}</span>
        </span>
      )}
    </span>
  );
}
