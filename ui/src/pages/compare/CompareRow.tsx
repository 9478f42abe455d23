// One hop in both traces: what changed, how long it took in each, and its part of the difference.
import type { CSSProperties } from 'react';
import table from '../../parts/DataTable.module.css';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import type { ComparedHop, ComparedSide } from '../../trace/comparison.ts';
import { formatSigned } from '../../trace/format.ts';
import { serviceClass } from '../../trace/service-colour.ts';
import styles from './CompareTable.module.css';
import { DifferenceBar } from './DifferenceBar.tsx';
import { HopName } from './HopName.tsx';

interface CompareRowProps {
  hop: ComparedHop;
  ids: { a: string; b: string };
  view: 'merged' | 'side';
  longest: number;
  widest: number;
}

/** Of a change's badge; what is not named is plain. */
export const TONES: Readonly<Record<string, string>> = {
  slower: 'warn',
  added: 'warn',
  missing: 'warn',
  faster: 'ok',
};

export function CompareRow({ hop, ids, view, longest, widest }: CompareRowProps) {
  const { t, language, duration } = useText();
  const time = (side: ComparedSide | null) =>
    side ? duration(side.totalNano) : <span className="faint">{t('compare.absent')}</span>;
  const name = (side: ComparedSide | null, traceId: string) => (
    <HopName hop={hop} traceId={traceId} spanId={side?.spanId ?? null}>
      {side?.error && (
        <span className="badge error">
          <Icon name="warning" /> {t('tree.error')}
        </span>
      )}
    </HopName>
  );
  const phone = useMedia(PHONE);
  const part = (
    <td className={`num ${table.right}`}>
      <span className={hop.differenceNano > widest / 20 ? 'slower' : 'faint'}>
        {formatSigned(hop.differenceNano, language)}
      </span>
    </td>
  );
  const bar = (side: ComparedSide | null, which: string | undefined) => (
    <span
      className={`${styles.bar} ${which} ${side ? serviceClass(hop.service) : styles.nothing}`}
      style={{ '--width': `${((side?.totalNano ?? 0) / longest) * 100}%` } as CSSProperties}
    />
  );
  return (
    <tr>
      <th scope="row">
        {view === 'merged' || hop.a ? name(hop.a ?? hop.b, hop.a ? ids.a : ids.b) : '–'}
      </th>
      {view === 'side' && <td>{hop.b ? name(hop.b, ids.b) : '–'}</td>}
      <td>
        <span className={`badge ${TONES[hop.change] ?? ''}`}>{t(`compare.${hop.change}`)}</span>
      </td>
      {phone && part}
      <td className={`num ${table.right}`}>
        <b>{time(hop.a)}</b>
      </td>
      <td className={`num ${table.right}`}>{time(hop.b)}</td>
      {view === 'merged' && (
        <td aria-hidden="true" className={styles.bars}>
          {bar(hop.a, styles.full)}
          {bar(hop.b, styles.pale)}
        </td>
      )}
      <td aria-hidden="true" className={styles.bars}>
        <DifferenceBar nanos={hop.differenceNano} widest={widest} />
      </td>
      {!phone && part}
    </tr>
  );
}
