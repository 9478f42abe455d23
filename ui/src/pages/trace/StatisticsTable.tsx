// The table of statistics: what each service or operation cost in this trace, in any order.
import { useMemo, useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { saveText } from '../../parts/save-text.ts';
import { csvOf } from '../../trace/csv.ts';
import { formatShare } from '../../trace/format.ts';
import {
  COLUMNS,
  type Order,
  type StatisticsRow,
  ordered,
  statisticsCells,
  statisticsOf,
} from '../../trace/statistics.ts';
import type { OtherViewProps } from './OtherViews.tsx';
import styles from './OtherViews.module.css';

/** More rows than anybody reads; the footer still counts all. */
const MOST_ROWS = 1000;

export function StatisticsTable({ trace, services, onView }: OtherViewProps) {
  const { t, duration, count } = useText();
  const [by, setBy] = useState<'service' | 'operation'>('operation');
  const [order, setOrder] = useState<Order>({ column: 'critical', down: true });
  const all = useMemo(() => statisticsOf(trace, by), [trace, by]);
  const rows = useMemo(
    () =>
      ordered(
        all.filter((row) => services.length === 0 || services.includes(row.service ?? '')),
        order,
      ),
    [all, services, order],
  );
  const sum = (pick: (row: StatisticsRow) => number) =>
    rows.reduce((whole, row) => whole + (pick(row) || 0), 0);
  const critical = sum((row) => row.critical);
  return (
    <>
      <div className={styles.bar}>
        <Segments
          label={t('stats.by')}
          choices={(['operation', 'service'] as const).map((name) => ({
            name,
            shown: t(`stats.by.${name}`),
          }))}
          chosen={by}
          onChoose={setBy}
        />
        <button
          type="button"
          className="button"
          onClick={() =>
            saveText(csvOf(statisticsCells(rows)), `${trace.id}.csv`, 'text/csv;charset=utf-8')
          }
        >
          <Icon name="download" /> {t('stats.csv')}
        </button>
      </div>
      <div className={table.scroll} tabIndex={0} role="group" aria-label={t('trace.view.table')}>
        <table className={table.table}>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th
                  key={column}
                  scope="col"
                  className={column === 'name' ? '' : table.right}
                  aria-sort={
                    order.column !== column ? 'none' : order.down ? 'descending' : 'ascending'
                  }
                >
                  <button
                    type="button"
                    className={styles.sort}
                    onClick={() =>
                      setOrder({
                        column,
                        down: order.column === column ? !order.down : column !== 'name',
                      })
                    }
                  >
                    {t(`stats.${column}`)}
                    <span aria-hidden="true">
                      {order.column === column ? (order.down ? ' ↓' : ' ↑') : ''}
                    </span>
                  </button>
                </th>
              ))}
              <th scope="col" className={table.right}>
                {t('stats.share')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <tr key={JSON.stringify([row.service, row.operation])}>
                <th scope="row">
                  <button
                    type="button"
                    className={styles.name}
                    onClick={() =>
                      onView({
                        view: 'waterfall',
                        services: row.service === null ? [] : [row.service],
                      })
                    }
                  >
                    <ServiceName name={row.service} />
                    {by === 'operation' && (
                      <span className={styles.operation} lang="en" translate="no">
                        {row.operation ?? t('common.unnamed')}
                      </span>
                    )}
                  </button>
                </th>
                <td className={`num ${table.right}`}>{count(row.count)}</td>
                <td className={`num ${table.right} ${row.errors > 0 ? styles.red : table.quiet}`}>
                  {count(row.errors)}
                </td>
                {[row.total, row.self, row.p50, row.max, row.critical].map((nanos, index) => (
                  <td key={index} className={`num ${table.right}`}>
                    {duration(nanos)}
                  </td>
                ))}
                <td className={`num ${table.right} ${table.quiet}`}>
                  {formatShare(row.critical / trace.durationNano)}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr className={styles.sum}>
              <th scope="row">{t('stats.sum')}</th>
              <td className={`num ${table.right}`}>{count(sum((row) => row.count))}</td>
              <td className={`num ${table.right}`}>{count(sum((row) => row.errors))}</td>
              <td />
              <td className={`num ${table.right}`}>{duration(sum((row) => row.self))}</td>
              <td />
              <td />
              <td className={`num ${table.right}`}>{duration(critical)}</td>
              <td className={`num ${table.right}`}>{formatShare(critical / trace.durationNano)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </>
  );
}
