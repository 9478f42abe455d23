// One merged hop in both groups: what changed, the numbers of each, and its part of the difference.
import type { CSSProperties } from 'react';
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { formatSigned } from '../../trace/format.ts';
import type { GroupSide, MergedHop } from '../../trace/group-comparison.ts';
import { serviceClass } from '../../trace/service-colour.ts';
import { TONES } from './CompareRow.tsx';
import styles from './CompareTable.module.css';
import { DifferenceBar } from './DifferenceBar.tsx';
import { GROUP_NUMBERS, GroupNumber } from './GroupNumber.tsx';
import { HopName } from './HopName.tsx';

interface GroupRowProps {
  hop: MergedHop;
  view: 'merged' | 'side';
  longest: number;
  widest: number;
}

export function GroupRow({ hop, view, longest, widest }: GroupRowProps) {
  const { t, language } = useText();
  const sides = [hop.a, hop.b] as const;
  const shown = hop.a ?? hop.b;
  const phone = useMedia(PHONE);
  const part = (
    <td className={`num ${table.right}`}>
      <span className={hop.differenceNano > widest / 20 ? 'slower' : 'faint'}>
        {formatSigned(hop.differenceNano, language)}
      </span>
    </td>
  );
  const bar = (side: GroupSide | null, which: string | undefined) => (
    <span
      className={`${styles.bar} ${which} ${side ? serviceClass(hop.service) : styles.nothing}`}
      style={{ '--width': `${((side?.total?.p50Nano ?? 0) / longest) * 100}%` } as CSSProperties}
    />
  );
  return (
    <tr>
      <th scope="row">
        <HopName hop={hop} traceId={shown?.traceId ?? null} spanId={shown?.spanId ?? null} />
      </th>
      <td>
        <span className={styles.badges}>
          <span className={`badge ${TONES[hop.change] ?? ''}`}>{t(`compare.${hop.change}`)}</span>
          {hop.calls !== 'same' && hop.change !== 'added' && hop.change !== 'missing' && (
            <span className={`badge ${hop.calls === 'more' ? 'warn' : ''}`}>
              {t(`compare.calls.${hop.calls}`)}
            </span>
          )}
          {hop.errors !== 'same' && (
            <span className={`badge ${hop.errors === 'more' ? 'error' : 'ok'}`}>
              {t(`compare.errors.${hop.errors}`)}
            </span>
          )}
        </span>
      </td>
      {phone && part}
      {view === 'merged'
        ? GROUP_NUMBERS.map((name) => (
            <td key={name} className={`num ${table.right}`}>
              {sides.map((side, index) => (
                <span key={index} className={index === 0 ? styles.over : styles.under}>
                  <span className="offscreen">{index === 0 ? 'A' : 'B'} </span>
                  <GroupNumber side={side} name={name} />
                </span>
              ))}
            </td>
          ))
        : sides.map((side, index) =>
            GROUP_NUMBERS.map((name) => (
              <td key={`${index}${name}`} className={`num ${table.right}`}>
                <GroupNumber side={side} name={name} />
              </td>
            )),
          )}
      {view === 'merged' && (
        <>
          <td aria-hidden="true" className={styles.bars}>
            {bar(hop.a, styles.full)}
            {bar(hop.b, styles.pale)}
          </td>
          <td aria-hidden="true" className={styles.bars}>
            <DifferenceBar nanos={hop.differenceNano} widest={widest} />
          </td>
        </>
      )}
      {!phone && part}
    </tr>
  );
}
