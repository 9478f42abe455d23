// A trace that is loaded, of the store or of the file that is open; and why when it cannot be.
import { useEffect, useState } from 'react';
import { useFindings, useTrace } from '../../api/hooks.ts';
import { ApiError } from '../../api/http.ts';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { useOpenFile } from './file-context.ts';
import { TraceDesk } from './TraceDesk.tsx';
import styles from './TracePage.module.css';
import { useTraceView } from './use-trace-view.ts';

const NOTHING: readonly never[] = [];
/** Why a trace is slow stands above its rows and would move them: they wait for it, but not for long. */
const PATIENCE_MILLIS = 500;
/** Who opens more spans than this has waited already. */
const PATIENT_SPANS = 5_000;

export function LoadedTrace({ id }: { id: string }) {
  const { t, duration } = useText();
  const [view, change] = useTraceView();
  const file = useOpenFile()?.file ?? null;
  const trace = useTrace(id, view.skew, file);
  const data = trace.data;
  // Asked for along with a trace of the store; a file would be on its way twice.
  const known = data?.explained ?? (file === null && trace.failureCount === 0);
  const findings = useFindings(id, view.skew, file, known);
  const waiting = data !== undefined && data.spanCount < PATIENT_SPANS && findings.isLoading;
  const late = useLate(waiting);
  const short = id.slice(0, 16);
  useTitle(
    data
      ? `${data.root.service ?? ''} ${data.root.operation ?? ''} ${duration(data.durationNano)}`.trim()
      : short,
  );
  if (data && (late || !waiting)) {
    return (
      <TraceDesk
        key={data.id}
        trace={data}
        findings={(data.explained && findings.data) || NOTHING}
        view={view}
        onView={change}
      />
    );
  }
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

/** Whether a wait has become too long. */
function useLate(waiting: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(() => setLate(true), PATIENCE_MILLIS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [waiting]);
  return late;
}
