// Requests, errors and latency over time, and the same as a table.
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { ABSENT, formatAxis, formatClock, formatShare } from '../../trace/format.ts';
import { type ServiceAnswer, errorShare, isFew, rateOf, riseOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import { LoadChart } from './LoadChart.tsx';
import styles from './ServicePage.module.css';

export function LoadCharts({ answer }: { answer: ServiceAnswer }) {
  const { t, language, count, duration } = useText();
  const { service, searched, stepMillis } = answer;
  const { series, before } = service;
  const perSecond = (requests: number) => (requests / Math.max(1, stepMillis)) * 1000;
  const share = (point: { requests: number; errors: number }) =>
    point.requests > 0 ? point.errors / point.requests : null;
  const was = (value: string) => t('load.was', { value });
  const times = series.map((point) => point.startMillis);
  const known = before !== null && before.requests > 0;
  return (
    <>
      <div className={styles.charts}>
        <LoadChart
          name={t('service.requests')}
          value={formatRate(rateOf(service, searched), language)}
          note={known ? was(formatRate(rateOf(before, searched), language)) : ''}
          times={times}
          lines={[{ name: '', tone: 'plain', values: series.map((p) => perSecond(p.requests)) }]}
          format={(value) => formatRate(value, language)}
          since={null}
        />
        <LoadChart
          name={t('load.errors')}
          value={
            isFew(service)
              ? t('load.few', { errors: service.errors, requests: service.requests })
              : formatShare(errorShare(service))
          }
          note={known ? was(formatShare(errorShare(before))) : ''}
          times={times}
          lines={[{ name: '', tone: 'error', values: series.map(share) }]}
          format={formatShare}
          least={0.01}
          since={service.errors >= 3 ? riseOf(series, share) : null}
        />
        <LoadChart
          name={t('service.latency')}
          value={service.p99 === null ? ABSENT : `p99 ${duration(service.p99)}`}
          note={known && before.p99 !== null ? was(duration(before.p99)) : ''}
          times={times}
          lines={[
            { name: 'p99', tone: 'warn', values: series.map((point) => point.p99) },
            { name: 'p90', tone: 'plain', values: series.map((point) => point.p90) },
            { name: 'p50', tone: 'faint', values: series.map((point) => point.p50) },
          ]}
          format={(value) => formatAxis(value)}
          since={riseOf(series, (point) => point.p99)}
        />
      </div>
      <details className={styles.twin}>
        <summary>{t('service.as.table')}</summary>
        <div className={table.scroll} role="region" aria-label={t('service.as.table')} tabIndex={0}>
          <table className={table.table}>
            <thead>
              <tr>
                {[
                  t('time.label'),
                  t('service.requests'),
                  t('load.errors'),
                  'p50',
                  'p90',
                  'p99',
                ].map((head, index) => (
                  <th key={head} scope="col" className={index > 0 ? table.right : ''}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {series.map((point) => (
                <tr key={point.startMillis}>
                  <th scope="row" className="num">
                    {formatClock(point.startMillis, 'minutes')}
                  </th>
                  <td className={`num ${table.right}`}>{count(point.requests)}</td>
                  <td className={`num ${table.right}`}>{count(point.errors)}</td>
                  <td className={`num ${table.right}`}>{duration(point.p50)}</td>
                  <td className={`num ${table.right}`}>{duration(point.p90)}</td>
                  <td className={`num ${table.right}`}>{duration(point.p99)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
