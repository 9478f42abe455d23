// The head of a group: what its traces share, how many, how many failed, and how long they took.
import { Icon } from '../../parts/Icon.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { FEW_TO_RANK, type TraceGroup } from '../../trace/overview.ts';
import styles from './GroupHead.module.css';

interface GroupHeadProps {
  id: string;
  group: TraceGroup;
  /** "service", "operation", "error" or "tag:key". */
  by: string;
  listed: number;
}

export function GroupHead({ id, group, by, listed }: GroupHeadProps) {
  const { t, duration } = useText();
  const { p50, p99, max } = group.durations;
  const none = group.service === null && group.name === null;
  return (
    <div className={styles.head}>
      <h2 id={id} className={styles.name}>
        {none && <span>{noneWords(by, t)}</span>}
        {group.service !== null && <ServiceName name={group.service} />}
        {group.name !== null && (
          <b lang="en" translate="no">
            {group.name || '""'}
          </b>
        )}
      </h2>
      <span className="num">
        {listed < group.count
          ? t('group.count.some', { count: group.count, listed })
          : t('result.count', { count: group.count })}
      </span>
      <span className={`num ${group.errorCount > 0 ? styles.failed : styles.fine}`}>
        {group.errorCount > 0 && <Icon name="warning" />}
        {t('result.errors', { count: group.errorCount })}
      </span>
      <span className={`num ${styles.lengths}`}>
        {group.count < FEW_TO_RANK
          ? t('result.lengths.few', { max: duration(max) })
          : t('result.lengths', { p50: duration(p50), p99: duration(p99) })}
      </span>
    </div>
  );
}

function noneWords(by: string, t: ReturnType<typeof useText>['t']): string {
  if (by === 'error') return t('result.error.none');
  if (by.startsWith('tag:')) return t('group.none.tag', { key: by.slice(4) });
  return t('common.unknown.service');
}
