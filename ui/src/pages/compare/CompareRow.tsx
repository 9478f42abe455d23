// One hop in both traces: what changed, how long it took in each, and its part of the difference.
import type { CSSProperties } from 'react';
import { Link } from 'react-router';
import table from '../../parts/DataTable.module.css';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import type { ComparedHop, ComparedSide } from '../../trace/comparison.ts';
import { formatSigned } from '../../trace/format.ts';
import { serviceClass } from '../../trace/service-colour.ts';
import styles from './CompareTable.module.css';

interface CompareRowProps {
  hop: ComparedHop;
  ids: { a: string; b: string };
  view: 'merged' | 'side';
  longest: number;
  widest: number;
}

const TONES = { slower: 'warn', added: 'warn', missing: 'warn', faster: 'ok' } as const;
/** Deeper ones stand as far in as this. */
const DEEPEST = 16;

export function CompareRow({ hop, ids, view, longest, widest }: CompareRowProps) {
  const { t, language, duration } = useText();
  const tone = hop.change in TONES ? TONES[hop.change as keyof typeof TONES] : '';
  const time = (side: ComparedSide | null) =>
    side ? duration(side.totalNano) : <span className="faint">{t('compare.absent')}</span>;
  const name = (side: ComparedSide | null, trace: string) => (
    <span
      className={styles.name}
      style={{ '--depth': Math.min(DEEPEST, hop.depth) } as CSSProperties}
    >
      <ServiceName name={hop.service} />
      <Link
        className={styles.operation}
        to={`/traces/${encodeURIComponent(trace)}${side?.spanId ? `?span=${encodeURIComponent(side.spanId)}` : ''}`}
        lang="en"
        translate="no"
      >
        {hop.operation ?? t('common.unnamed')}
      </Link>
      {side?.error && (
        <span className="badge error">
          <Icon name="warning" /> {t('tree.error')}
        </span>
      )}
    </span>
  );
  const share = (hop.differenceNano / widest) * 50;
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
        <span className={`badge ${tone}`}>{t(`compare.${hop.change}`)}</span>
      </td>
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
        <span className={styles.axis}>
          <span
            className={share < 0 ? styles.less : styles.longer}
            style={{ '--width': `${Math.abs(share)}%` } as CSSProperties}
          />
        </span>
      </td>
      <td className={`num ${table.right}`}>
        <span className={hop.differenceNano > widest / 20 ? 'slower' : 'faint'}>
          {formatSigned(hop.differenceNano, language)}
        </span>
      </td>
    </tr>
  );
}
