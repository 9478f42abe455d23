// The hops of both traces, merged in one tree or side by side; the differences add up to the headline.
import { useState } from 'react';
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { type Comparison, differing, differs } from '../../trace/comparison.ts';
import { ABSENT, formatSigned } from '../../trace/format.ts';
import { CompareRow } from './CompareRow.tsx';
import styles from './CompareTable.module.css';

/** Rows drawn at first, and added with each press. */
const PIECE = 500;

interface CompareTableProps {
  comparison: Comparison;
  only: boolean;
  view: 'merged' | 'side';
}

export function CompareTable({ comparison, only, view }: CompareTableProps) {
  const { t, language } = useText();
  const [limit, setLimit] = useState(PIECE);
  const phone = useMedia(PHONE);
  const { hops, differenceNano, otherNano } = comparison;
  const kept = only ? differing(hops, differs) : null;
  const shown = hops.filter((_, index) => kept === null || kept.has(index));
  const longest = Math.max(
    1,
    ...shown.slice(0, limit).flatMap(({ a, b }) => [a?.totalNano ?? 0, b?.totalNano ?? 0]),
  );
  const widest = Math.max(1, ...shown.slice(0, limit).map((hop) => Math.abs(hop.differenceNano)));
  const sum = differenceNano === null ? ABSENT : formatSigned(differenceNano, language);
  if (shown.length === 0) return <p className={styles.none}>{t('compare.none')}</p>;
  // On a phone what is most wanted must not stand outside of the screen.
  const before = !phone ? 6 : view === 'side' ? 3 : 2;
  const sums = (
    <th scope="col" className={table.right}>
      {t('compare.sum', { sum })}
    </th>
  );
  return (
    <div className={styles.scroll} role="region" aria-label={t('compare.title')} tabIndex={0}>
      <table className={`${table.table} ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">{view === 'side' ? t('compare.hop.a') : t('tree.hop')}</th>
            {view === 'side' && <th scope="col">{t('compare.hop.b')}</th>}
            <th scope="col">{t('load.change')}</th>
            {phone && sums}
            <th scope="col" className={table.right}>
              A
            </th>
            <th scope="col" className={table.right}>
              B
            </th>
            {view === 'merged' && (
              <th scope="col" className={styles.bars}>
                {t('compare.bars')}
              </th>
            )}
            <th scope="col" className={styles.bars}>
              {t('compare.difference')}
            </th>
            {!phone && sums}
          </tr>
        </thead>
        <tbody>
          {shown.slice(0, limit).map((hop, index) => (
            <CompareRow
              key={index}
              hop={hop}
              ids={{ a: comparison.a.traceId, b: comparison.b.traceId }}
              view={view}
              longest={longest}
              widest={widest}
            />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={before}>{t('compare.other')}</td>
            <td className={`num ${table.right}`}>
              {otherNano === null ? ABSENT : formatSigned(otherNano, language)}
            </td>
            {phone && <td colSpan={6 - before} />}
          </tr>
        </tfoot>
      </table>
      {shown.length > limit && (
        <button type="button" className="button" onClick={() => setLimit(limit + PIECE)}>
          {t('common.more', { count: shown.length - limit })}
        </button>
      )}
    </div>
  );
}
