// The operations of a service, the most used first.
import { Link } from 'react-router';
import table from '../../parts/DataTable.module.css';
import { LoadHeads } from '../../parts/LoadHeads.tsx';
import { LoadCells } from '../../parts/LoadNumbers.tsx';
import { Sparkline } from '../../parts/Sparkline.tsx';
import { useText } from '../../parts/language.tsx';
import { type ServiceAnswer, isSlower, rateOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import { EMPTY_QUESTION, writeQuestion } from '../../trace/question.ts';
import type { TimeRange } from '../../trace/time-range.ts';
import styles from './ServicePage.module.css';

interface OperationTableProps {
  answer: ServiceAnswer;
  name: string;
  range: TimeRange;
}

export function OperationTable({ answer, name, range }: OperationTableProps) {
  const { t, language } = useText();
  const operations = [...answer.operations].sort((a, b) => b.requests - a.requests);
  return (
    <section className={styles.card}>
      <h2>
        {t('service.operations')} <small>{operations.length}</small>
      </h2>
      <div className={table.scroll} role="region" aria-label={t('service.operations')} tabIndex={0}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t('search.operation')}</th>
              <LoadHeads columns={['rate']} />
              <td className={styles.spark} />
              <LoadHeads columns={['errors', 'p50', 'p99']} />
              <td className={styles.spark} />
            </tr>
          </thead>
          <tbody>
            {operations.map((operation, index) => (
              <tr key={index}>
                <th scope="row" className={styles.operation}>
                  <Link
                    lang="en"
                    translate="no"
                    to={`/?${writeQuestion({ ...EMPTY_QUESTION, service: name, operation: operation.operation ?? '', range })}`}
                  >
                    {operation.operation ?? t('common.unnamed')}
                  </Link>{' '}
                  <span className={table.second} translate="no">
                    {operation.kind}
                  </span>
                </th>
                <td className={`num ${table.right}`}>
                  {formatRate(rateOf(operation, answer.searched), language)}
                </td>
                <td className={styles.spark}>
                  <Sparkline values={operation.series.map((point) => point.requests)} />
                </td>
                <LoadCells load={operation} />
                <td className={styles.spark}>
                  <Sparkline
                    values={operation.series.map((point) => point.p99)}
                    tone={isSlower(operation.p99, operation.before?.p99 ?? null) ? 'warn' : 'plain'}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
