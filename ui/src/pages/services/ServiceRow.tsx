// One service: what changed, how much, how often it fails, how long it takes.
import { Link } from 'react-router';
import { ChangeBadge } from '../../parts/ChangeBadge.tsx';
import table from '../../parts/DataTable.module.css';
import { ErrorBefore, ErrorNumber, LatencyNumber } from '../../parts/LoadNumbers.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { Sparkline } from '../../parts/Sparkline.tsx';
import { useText } from '../../parts/language.tsx';
import { rangeKeys } from '../../parts/use-range.ts';
import { type ServiceLoad, changeOf, errorShare, isSlower, rateOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import type { TimeRange } from '../../trace/time-range.ts';
import styles from './ServicesPage.module.css';

interface ServiceRowProps {
  service: ServiceLoad;
  searched: { from: number; to: number };
  range: TimeRange;
}

export function ServiceRow({ service, searched, range }: ServiceRowProps) {
  const { language } = useText();
  const failing = changeOf(service) === 'failing' || errorShare(service) >= 0.01;
  const slower = isSlower(service.p99, service.before?.p99 ?? null);
  return (
    <tr>
      <th scope="row">
        <Link
          className={styles.name}
          to={`/services/${encodeURIComponent(service.service)}${rangeKeys(range)}`}
          data-row
        >
          <ServiceName name={service.service} />
        </Link>
      </th>
      <td className={styles.change}>
        <ChangeBadge load={service} />
      </td>
      <td className={`num ${table.right}`}>{formatRate(rateOf(service, searched), language)}</td>
      <td className={styles.spark}>
        <Sparkline values={service.series.map((point) => point.requests)} />
      </td>
      <td className={`num ${table.right}`}>
        <ErrorNumber load={service} />
      </td>
      <td className={`num ${styles.was}`}>
        <ErrorBefore load={service} />
      </td>
      <td className={styles.spark}>
        <Sparkline
          values={service.series.map((point) => (point.requests > 0 ? errorShare(point) : null))}
          tone={failing ? 'error' : 'plain'}
        />
      </td>
      <td className={`num ${table.right} ${styles.median}`}>
        <LatencyNumber load={service} of="p50" />
      </td>
      <td className={`num ${table.right}`}>
        <LatencyNumber load={service} of="p99" />
      </td>
      <td className={styles.spark}>
        <Sparkline
          values={service.series.map((point) => point.p99)}
          tone={slower ? 'warn' : 'plain'}
        />
      </td>
    </tr>
  );
}
