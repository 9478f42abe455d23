// Client total = network + server, server = self + calls below: drawn, written, and adding up.
import { type CSSProperties, Fragment } from 'react';
import { useText } from '../../parts/language.tsx';
import { type Split, splitOf } from '../../trace/bar.ts';
import { formatShare } from '../../trace/format.ts';
import { serviceClass } from '../../trace/service-colour.ts';
import { type Trace, serviceOf } from '../../trace/trace.ts';
import { LegendKey } from './LegendKey.tsx';
import styles from './SplitEquation.module.css';

export function SplitEquation({ trace, hop }: { trace: Trace; hop: number }) {
  const { t, duration } = useText();
  const record = trace.hops.records[hop]!;
  const split = splitOf(trace, hop);
  const service = serviceClass(serviceOf(record));
  const critical = trace.hops.critical[hop]!;
  const halved = split.server === null && record.kind !== 'local';
  const lines = [
    {
      name: t(record.clientNano === null ? 'panel.total' : 'panel.client'),
      nanos: split.total,
      level: 0,
    },
    {
      name: t(record.kind === 'messaging' ? 'panel.queue' : 'panel.network'),
      nanos: split.network,
      level: 1,
      part: 'network' as const,
    },
    { name: t('panel.server'), nanos: split.server, level: 1 },
    { name: t('panel.self'), nanos: split.self, level: 2, part: 'self' as const },
    { name: t('panel.below'), nanos: split.below, level: 2, part: 'below' as const },
  ];
  return (
    <section className={`${styles.split} ${service}`} aria-label={t('panel.split')}>
      <h3>{t('panel.split')}</h3>
      <SplitBar split={split} halved={halved} />
      <dl>
        {lines.map((line) => (
          <Fragment key={line.name}>
            <dt style={{ '--level': line.level } as CSSProperties}>
              {line.part && <LegendKey part={line.part} service={service} />}
              {line.name}
            </dt>
            <dd className="num">{duration(line.nanos)}</dd>
            <dd className={`num ${styles.share}`}>
              {line.nanos === null || !split.total ? '' : formatShare(line.nanos / split.total)}
            </dd>
          </Fragment>
        ))}
        {critical > 0 && (
          <>
            <dt className={styles.critical}>{t('panel.critical')}</dt>
            <dd className={`num ${styles.critical}`}>{duration(critical)}</dd>
            <dd className={`num ${styles.share} ${styles.critical}`}>
              {split.total ? formatShare(critical / split.total) : ''}
            </dd>
          </>
        )}
      </dl>
      {halved && <p>{t('panel.unknown')}</p>}
    </section>
  );
}

function SplitBar({ split, halved }: { split: Split; halved: boolean }) {
  const parts = [
    ['network', split.network],
    ['self', split.self],
    ['below', split.below],
  ] as const;
  return (
    <div className={`${styles.bar} ${halved ? styles.halved : ''}`} aria-hidden="true">
      {!halved &&
        parts.map(
          ([name, nanos]) =>
            nanos !== null &&
            nanos > 0 && (
              <i
                key={name}
                className={styles[name]}
                style={{ '--share': nanos } as CSSProperties}
              />
            ),
        )}
    </div>
  );
}
