// The difference in one number and one sentence, and how many hops changed.
import { useText } from '../../parts/language.tsx';
import { type Comparison, mostOf } from '../../trace/comparison.ts';
import { ABSENT, formatSigned } from '../../trace/format.ts';
import { formatFactor } from '../../trace/quantity.ts';
import styles from './ComparePage.module.css';

export function Headline({ comparison }: { comparison: Comparison }) {
  const { t, language, count } = useText();
  const { a, b, counts, hops, differenceNano } = comparison;
  const factor = a.durationNano && b.durationNano ? a.durationNano / b.durationNano : null;
  const most = mostOf(hops, differenceNano);
  return (
    <div className={styles.headline} role="status">
      <p>
        <b className={`num ${styles.display} ${(differenceNano ?? 0) > 0 ? styles.more : ''}`}>
          {differenceNano === null ? ABSENT : formatSigned(differenceNano, language)}
        </b>
        {factor !== null && (
          <b>{t('compare.factor', { factor: formatFactor(factor, language) })}</b>
        )}
        {most && (
          <span>
            {t('compare.most', {
              name: [most.hop.service, most.hop.operation].filter(Boolean).join(' '),
              share: most.percent,
            })}
          </span>
        )}
      </p>
      <dl>
        {(['slower', 'faster', 'added', 'missing'] as const).map((what) => (
          <div key={what}>
            <dt>{t(`compare.count.${what}`)}</dt>
            <dd className={counts[what] > 0 && what !== 'faster' ? styles.more : ''}>
              {count(counts[what])}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
