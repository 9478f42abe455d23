// The difference in one number and one sentence, and how many hops changed.
import { useText } from '../../parts/language.tsx';
import type { Comparison } from '../../trace/comparison.ts';
import { ABSENT, formatSigned } from '../../trace/format.ts';
import { formatFactor } from '../../trace/quantity.ts';
import styles from './ComparePage.module.css';

export function Headline({ comparison }: { comparison: Comparison }) {
  const { t, language, count } = useText();
  const { a, b, counts, hops, differenceNano } = comparison;
  const factor = a.durationNano && b.durationNano ? a.durationNano / b.durationNano : null;
  const most = hops.reduce<(typeof hops)[number] | null>(
    (most, hop) =>
      differenceNano &&
      hop.differenceNano / differenceNano > (most?.differenceNano ?? 0) / differenceNano
        ? hop
        : most,
    null,
  );
  const share =
    most && differenceNano ? Math.round((most.differenceNano / differenceNano) * 100) : 0;
  return (
    <div className={styles.headline} role="status">
      <p>
        <b className={`num ${styles.display} ${(differenceNano ?? 0) > 0 ? styles.more : ''}`}>
          {differenceNano === null ? ABSENT : formatSigned(differenceNano, language)}
        </b>
        {factor !== null && (
          <b>{t('compare.factor', { factor: formatFactor(factor, language) })}</b>
        )}
        {most && share >= 10 && share <= 100 && (
          <span>
            {t('compare.most', {
              name: [most.service, most.operation].filter(Boolean).join(' '),
              share,
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
