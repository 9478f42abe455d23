// The merged hops of both groups: in one table with A over B in each cell, or a half for each.
import { useState } from 'react';
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { differing } from '../../trace/comparison.ts';
import { ABSENT, formatSigned } from '../../trace/format.ts';
import { type GroupComparison, hopDiffers } from '../../trace/group-comparison.ts';
import styles from './CompareTable.module.css';
import { GroupRow } from './GroupRow.tsx';
import { GROUP_NUMBERS } from './GroupNumber.tsx';

/** Rows drawn at first, and added with each press. */
const PIECE = 300;

interface GroupTableProps {
  comparison: GroupComparison;
  only: boolean;
  view: 'merged' | 'side';
}

export function GroupTable({ comparison, only, view }: GroupTableProps) {
  const { t, language } = useText();
  const [limit, setLimit] = useState(PIECE);
  const phone = useMedia(PHONE);
  const { hops, differenceNano, otherNano } = comparison;
  const kept = only ? differing(hops, hopDiffers) : null;
  const all = hops.filter((_, index) => kept === null || kept.has(index));
  const shown = all.slice(0, limit);
  if (all.length === 0) return <p className={styles.none}>{t('compare.none')}</p>;
  const longest = Math.max(
    1,
    ...shown.flatMap(({ a, b }) => [a?.total?.p50Nano ?? 0, b?.total?.p50Nano ?? 0]),
  );
  const widest = Math.max(1, ...shown.map((hop) => Math.abs(hop.differenceNano)));
  const sum = differenceNano === null ? ABSENT : formatSigned(differenceNano, language);
  const side = view === 'side';
  const columns = 3 + (side ? 2 * GROUP_NUMBERS.length : GROUP_NUMBERS.length + 2);
  const heads = (letter: string) =>
    GROUP_NUMBERS.map((name) => (
      <th key={letter + name} scope="col" className={table.right}>
        {side && <span className="offscreen">{letter} </span>}
        {t(`compare.number.${name}`)}
      </th>
    ));
  // On a phone what is most wanted must not stand outside of the screen.
  const [before, after] = phone ? [3, 0] : [2, 1];
  const sums = (
    <th scope="col" className={table.right}>
      {t('compare.sum', { sum })}
    </th>
  );
  return (
    <div className={styles.scroll} role="region" aria-label={t('compare.title')} tabIndex={0}>
      <table className={`${table.table} ${styles.table} ${side ? '' : styles.stacked}`}>
        <thead>
          {side && (
            <tr>
              <td colSpan={before} />
              {['A', 'B'].map((letter) => (
                <th key={letter} scope="colgroup" colSpan={GROUP_NUMBERS.length}>
                  {letter}
                </th>
              ))}
              {after > 0 && <td />}
            </tr>
          )}
          <tr>
            <th scope="col">{t('tree.hop')}</th>
            <th scope="col">{t('load.change')}</th>
            {phone && sums}
            {heads('A')}
            {side && heads('B')}
            {!side && (
              <>
                <th scope="col" className={styles.bars}>
                  {t('compare.groups.bars')}
                </th>
                <th scope="col" className={styles.bars}>
                  {t('compare.difference')}
                </th>
              </>
            )}
            {!phone && sums}
          </tr>
        </thead>
        <tbody>
          {shown.map((hop, index) => (
            <GroupRow key={index} hop={hop} view={view} longest={longest} widest={widest} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={phone ? 2 : columns - 1}>{t('compare.other')}</td>
            <td className={`num ${table.right}`}>
              {otherNano === null ? ABSENT : formatSigned(otherNano, language)}
            </td>
            {phone && <td colSpan={columns - 3} />}
          </tr>
        </tfoot>
      </table>
      {all.length > limit && (
        <button type="button" className="button" onClick={() => setLimit(limit + PIECE)}>
          {t('common.more', { count: all.length - limit })}
        </button>
      )}
    </div>
  );
}
