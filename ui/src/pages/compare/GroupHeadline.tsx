// The difference of the means in one number and one sentence, and what of the hops changed.
import { useText } from '../../parts/language.tsx';
import { mostOf } from '../../trace/comparison.ts';
import { ABSENT, formatSigned } from '../../trace/format.ts';
import { GROUP_COUNTS, type GroupComparison } from '../../trace/group-comparison.ts';
import { formatFactor } from '../../trace/quantity.ts';
import styles from './ComparePage.module.css';

export function GroupHeadline({ comparison }: { comparison: GroupComparison }) {
  const { t, language, count } = useText();
  const { a, b, counts, change, errors, hops, differenceNano } = comparison;
  const [medianA, medianB] = [a.duration?.p50Nano ?? 0, b.duration?.p50Nano ?? 0];
  const certain = change !== 'same' && change !== 'few';
  const most = certain ? mostOf(hops, differenceNano) : null;
  return (
    <div className={styles.headline} role="status">
      <p>
        <b
          className={`num ${styles.display} ${certain && (differenceNano ?? 0) > 0 ? styles.more : ''}`}
        >
          {differenceNano === null ? ABSENT : formatSigned(differenceNano, language)}
        </b>
        {certain && medianB > 0 && (
          <b>{t('compare.groups.factor', { factor: formatFactor(medianA / medianB, language) })}</b>
        )}
        {change === 'same' && <span>{t('compare.groups.same')}</span>}
        {most && (
          <span>
            {t('compare.most', {
              name: [most.hop.service, most.hop.operation].filter(Boolean).join(' '),
              share: most.percent,
            })}
          </span>
        )}
        {errors !== 'same' && <b className={styles.more}>{t(`compare.groups.errors.${errors}`)}</b>}
      </p>
      <dl>
        {GROUP_COUNTS.filter((what) => ALWAYS.has(what) || counts[what] > 0).map((what) => (
          <div key={what}>
            <dt>{t(`compare.count.${what}`)}</dt>
            <dd className={counts[what] > 0 && !GOOD.has(what) ? styles.more : ''}>
              {count(counts[what])}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const ALWAYS: ReadonlySet<string> = new Set(['slower', 'faster', 'added', 'missing']);
const GOOD: ReadonlySet<string> = new Set(['faster', 'fewerCalls', 'fewerErrors']);
