// Where the time of the trace went, as a table whose shares add up to the whole.
import { type CSSProperties, useMemo } from 'react';
import { ServiceName } from '../../parts/ServiceName.tsx';
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { formatShare } from '../../trace/format.ts';
import { type PathShare, sharesOfPath } from '../../trace/path-parts.ts';
import { formatFactor, isUnusual } from '../../trace/peers.ts';
import { serviceClass } from '../../trace/service-colour.ts';
import { type Trace, operationOf } from '../../trace/trace.ts';
import type { OtherViewProps } from './OtherViews.tsx';
import styles from './OtherViews.module.css';

const SHOWN = 12;

export function PathTable({ trace, onOpen }: OtherViewProps) {
  const { t, language, duration } = useText();
  const shares = useMemo(() => sharesOfPath(trace), [trace]);
  const rest = shares.slice(SHOWN);
  const sum = (parts: readonly PathShare[]) =>
    parts.reduce((whole, share) => whole + share.durationNano, 0);
  const of = (nanos: number) => formatShare(nanos / sum(shares));
  return (
    <section>
      <div className={styles.heading}>
        <h2>{t('flame.where', { duration: duration(sum(shares)) })}</h2>
        <span className={styles.note}>{t('flame.where.more')}</span>
      </div>
      <div className={table.scroll} tabIndex={0} role="group" aria-label={t('flame.where.more')}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t('tree.hop')}</th>
              <th scope="col">{t('flame.part')}</th>
              {(['critical', 'share'] as const).map((name) => (
                <th key={name} scope="col" className={table.right}>
                  {t(`flame.${name}`)}
                </th>
              ))}
              <td className={styles.roomy} />
              <th scope="col" className={table.right}>
                {t('flame.median')}
              </th>
              <th scope="col" className={table.right}>
                {t('flame.against')}
              </th>
            </tr>
          </thead>
          <tbody>
            {shares.slice(0, SHOWN).map((share) => {
              const record = trace.hops.records[share.hop];
              const peers = record?.peers ?? null;
              return (
                <tr key={`${share.hop} ${share.part}`}>
                  <th scope="row">
                    {record ? (
                      <button
                        type="button"
                        className={styles.name}
                        onClick={() => onOpen(share.hop)}
                      >
                        <ServiceName name={share.service} />
                        <span className={styles.operation} lang="en" translate="no">
                          {operationOf(record) ?? t('common.unnamed')}
                        </span>
                      </button>
                    ) : (
                      <ServiceName name={share.service} />
                    )}
                  </th>
                  <td>{t(`flame.${partOf(trace, share)}`)}</td>
                  <td className={`num ${table.right}`}>
                    <b>{duration(share.durationNano)}</b>
                  </td>
                  <td className={`num ${table.right}`}>{of(share.durationNano)}</td>
                  <td className={styles.roomy}>
                    <span
                      className={`${styles.track} ${serviceClass(share.service)}`}
                      style={{ '--share': share.durationNano / sum(shares) } as CSSProperties}
                    >
                      <i className={share.part === 'self' ? undefined : styles.hatched} />
                    </span>
                  </td>
                  <td className={`num ${table.right} ${table.quiet}`}>
                    {duration(peers?.p50Nano ?? null)}
                  </td>
                  <td
                    className={`num ${table.right} ${isUnusual(peers) ? styles.unusual : table.quiet}`}
                  >
                    {peers ? formatFactor(peers.slower, language) : '–'}
                  </td>
                </tr>
              );
            })}
            {rest.length > 0 && (
              <tr>
                <td colSpan={2}>{t('flame.rest', { count: rest.length })}</td>
                <td className={`num ${table.right}`}>{duration(sum(rest))}</td>
                <td className={`num ${table.right}`}>{of(sum(rest))}</td>
                <td className={styles.roomy} />
                <td colSpan={2} />
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A call of which one half was received cannot be taken apart. */
function partOf(trace: Trace, { hop, part }: PathShare) {
  if (part === 'network' || part === 'queue' || part === 'gap') return part;
  const record = trace.hops.records[hop];
  return record && record.serverNano === null && record.kind !== 'local' ? 'whole' : 'self';
}
