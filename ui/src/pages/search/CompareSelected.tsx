// What can be done with two or more that are selected: two are compared at once; of more, each against the shortest.
import { Link } from 'react-router';
import { Menu } from '../../parts/Menu.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import type { TraceSummary } from '../../trace/summary.ts';
import styles from './CompareSelected.module.css';

export function CompareSelected({ traces }: { traces: readonly TraceSummary[] }) {
  const { t, duration } = useText();
  const [first, second] = traces;
  if (!first || !second) return null;
  if (traces.length === 2)
    return (
      <Link className="button" data-compare to={addressOf(first, second)}>
        {t('compare.selected', { count: 2 })}
      </Link>
    );
  const shortest = traces.reduce((one, other) =>
    other.durationNano < one.durationNano ? other : one,
  );
  return (
    <span data-compare className={styles.many}>
      <Menu label={t('compare.many', { count: traces.length })}>
        {(close) => (
          <>
            <p className={styles.against}>
              {t('compare.against', {
                name: shortest.root.operation ?? t('common.unnamed'),
                duration: duration(shortest.durationNano),
              })}
            </p>
            {traces
              .filter((trace) => trace !== shortest)
              .map((trace) => (
                <Link
                  key={trace.traceId}
                  className="menuRow"
                  to={addressOf(trace, shortest)}
                  onClick={close}
                >
                  <ServiceName name={trace.root.service} />
                  <span lang="en" translate="no">
                    {trace.root.operation ?? t('common.unnamed')}
                  </span>
                  <b className="num">{duration(trace.durationNano)}</b>
                </Link>
              ))}
          </>
        )}
      </Menu>
    </span>
  );
}

function addressOf(a: TraceSummary, b: TraceSummary): string {
  return `/compare?${new URLSearchParams({ a: a.traceId, b: b.traceId })}`;
}
