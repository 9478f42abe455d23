// A trace that is loaded, of the store or of the file that is open; and why when it cannot be.
import { useTrace } from '../../api/hooks.ts';
import { ApiError } from '../../api/http.ts';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { useOpenFile } from './file-context.ts';
import { TraceDesk } from './TraceDesk.tsx';
import styles from './TracePage.module.css';
import { useTraceView } from './use-trace-view.ts';

export function LoadedTrace({ id }: { id: string }) {
  const { t, duration } = useText();
  const [view, change] = useTraceView();
  const trace = useTrace(id, view.skew, useOpenFile()?.file);
  const data = trace.data;
  const short = id.slice(0, 16);
  useTitle(
    data
      ? `${data.root.service ?? ''} ${data.root.operation ?? ''} ${duration(data.durationNano)}`.trim()
      : short,
  );
  if (data) return <TraceDesk key={data.id} trace={data} view={view} onView={change} />;
  const absent = [trace.error, trace.failureReason].find(
    (error) => error instanceof ApiError && error.failure === 'absent',
  );
  if (absent) {
    return (
      <section className={styles.absent} role="status">
        <h1>{t('trace.absent.lead')}</h1>
        <p className="mono" translate="no">
          {id}
        </p>
        <p>{t('trace.absent.text')}</p>
        <button type="button" className="button" onClick={() => void trace.refetch()}>
          {t('failure.again')}
        </button>
      </section>
    );
  }
  return (
    <>
      <h1 className="offscreen">{t('trace.title', { id: short })}</h1>
      {trace.error ? (
        <FailedQuery error={trace.error} onRetry={() => void trace.refetch()} />
      ) : (
        <div className={styles.skeleton} role="status" aria-label={t('trace.loading')}>
          <i />
          <i />
          {Array.from({ length: 14 }, (_, row) => (
            <div key={row} />
          ))}
        </div>
      )}
    </>
  );
}
