// The traces of a file, newest first, each a way into its hops.
import { Link } from 'react-router';
import table from '../../parts/DataTable.module.css';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { useTitle } from '../../parts/use-title.ts';
import { formatClock, formatDate } from '../../trace/format.ts';
import { addressInFile } from '../../trace/viewed-file.ts';
import type { OpenFile } from '../trace/file-context.ts';
import styles from './ViewPage.module.css';

export function FileTraces({ open: { file, content } }: { open: OpenFile }) {
  const { t, language, duration, count } = useText();
  const now = useNow();
  const title = t('view.traces', { count: content.traceCount });
  useTitle(`${title} ${file.name}`);
  return (
    <section className={styles.traces}>
      <h1>
        {title}{' '}
        {content.truncated && <small>{t('view.listed', { count: content.traces.length })}</small>}
      </h1>
      <div className={table.scroll} role="region" aria-label={title} tabIndex={0}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t('view.root')}</th>
              <th scope="col" className={table.right}>
                {t('view.duration')}
              </th>
              <th scope="col">{t('result.error')}</th>
              <th scope="col" className={table.right}>
                {t('result.spans')}
              </th>
              <th scope="col">{t('result.started')}</th>
            </tr>
          </thead>
          <tbody>
            {content.traces.map((trace) => (
              <tr key={trace.traceId}>
                <th scope="row" className={styles.root}>
                  <Link to={addressInFile(file.name, trace.traceId, null)}>
                    <ServiceName name={trace.root.service} />{' '}
                    <b lang="en" translate="no">
                      {trace.root.operation ?? t('common.unnamed')}
                    </b>
                  </Link>
                </th>
                <td className={`num ${table.right}`}>{duration(trace.durationNano)}</td>
                <td className={trace.errorCount > 0 ? 'bad' : table.quiet}>
                  {trace.errorCount > 0
                    ? trace.errorOrigin?.text ||
                      t('result.error.count', { count: trace.errorCount })
                    : '–'}
                </td>
                <td className={`num ${table.right}`}>{count(trace.spanCount)}</td>
                <td className="num">
                  {formatDate(trace.startMillis, language, now)}{' '}
                  {formatClock(trace.startMillis, 'millis')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
