// Who calls this service, or whom it calls.
import { Link } from 'react-router';
import table from './DataTable.module.css';
import { LoadHeads } from './LoadHeads.tsx';
import { ErrorNumber, LatencyNumber } from './LoadNumbers.tsx';
import { ServiceName } from './ServiceName.tsx';
import { useText } from './language.tsx';
import { rangeKeys } from './use-range.ts';
import { type Edge, rateOf } from '../trace/load.ts';
import { formatRate } from '../trace/quantity.ts';
import type { TimeRange } from '../trace/time-range.ts';
import styles from './EdgeTable.module.css';

interface EdgeTableProps {
  title: string;
  edges: readonly Edge[];
  end: 'caller' | 'callee';
  searched: { from: number; to: number };
  range: TimeRange;
}

export function EdgeTable({ title, edges, end, searched, range }: EdgeTableProps) {
  const { t, language } = useText();
  const sorted = [...edges].sort((a, b) => b.requests - a.requests);
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <LoadHeads columns={['rate', 'errors', 'p99']} />
        </tr>
      </thead>
      <tbody>
        {sorted.map((edge, index) => {
          const name = edge[end];
          return (
            <tr key={index}>
              <th scope="row">
                {name === null ? (
                  <ServiceName name={null} />
                ) : (
                  <Link
                    className={styles.service}
                    to={`/services/${encodeURIComponent(name)}${rangeKeys(range)}`}
                  >
                    <ServiceName name={name} />
                  </Link>
                )}
              </th>
              <td className={`num ${table.right}`}>
                {formatRate(rateOf(edge, searched), language)}
              </td>
              <td className={`num ${table.right}`}>
                <ErrorNumber load={edge} />
              </td>
              <td className={`num ${table.right}`}>
                <LatencyNumber load={edge} of="p99" />
              </td>
            </tr>
          );
        })}
        {sorted.length === 0 && (
          <tr>
            <td colSpan={4} className={table.quiet}>
              {t('service.nobody')}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
