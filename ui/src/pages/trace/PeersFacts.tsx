// This hop among the same calls of the last hour or day, on one scale.
import type { CSSProperties } from 'react';
import { useText } from '../../parts/language.tsx';
import { formatFactor, formatPercentile, isUnusual } from '../../trace/peers.ts';
import type { Trace } from '../../trace/trace.ts';
import styles from './PeersFacts.module.css';

export function PeersFacts({ trace, hop }: { trace: Trace; hop: number }) {
  const { t, language, duration } = useText();
  const { peers } = trace.hops.records[hop]!;
  if (!peers) return null;
  // What the server compared is said by its own factor.
  const own = peers.p50Nano * peers.slower;
  const longest = Math.max(own, peers.p99Nano, peers.p50Nano);
  const lines = [
    ['this', own],
    ['p50', peers.p50Nano],
    ['p99', peers.p99Nano],
  ] as const;
  const window = t(peers.window === '1h' ? 'panel.peers.1h' : 'panel.peers.24h');
  return (
    <section className={styles.peers}>
      <h3>
        {t('panel.peers', { window })}
        <span className={`badge num ${isUnusual(peers) ? 'warn' : ''}`}>
          {formatPercentile(peers.percentile)} · {formatFactor(peers.slower, language)}
        </span>
      </h3>
      <dl>
        {lines.map(([name, nanos]) => (
          <div key={name} className={name === 'this' && isUnusual(peers) ? styles.unusual : ''}>
            <dt>{t(`panel.peers.${name}`)}</dt>
            <dd className={styles.track} aria-hidden="true">
              <i style={{ '--share': longest > 0 ? nanos / longest : 0 } as CSSProperties} />
            </dd>
            <dd className="num">{duration(nanos)}</dd>
          </div>
        ))}
      </dl>
      <p>{t('panel.peers.of', { count: peers.count })}</p>
    </section>
  );
}
