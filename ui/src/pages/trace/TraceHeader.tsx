// The trace in two lines: what it was, how long it took, and how much of it there is.
import { Link } from 'react-router';
import { addressOf } from '../../api/http.ts';
import { Banner } from '../../parts/Banner.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { lastSearch } from '../../parts/last-search.ts';
import { useCopy } from '../../parts/use-copy.ts';
import type { Trace } from '../../trace/trace.ts';
import type { TraceView } from '../../trace/trace-view.ts';
import { DownloadMenu } from './DownloadMenu.tsx';
import { ErrorBadge } from './ErrorBadge.tsx';
import { useOpenFile } from './file-context.ts';
import { linkTo } from './link-to.ts';
import { TraceFacts } from './TraceFacts.tsx';
import styles from './TraceHeader.module.css';
import type { ChangeView } from './use-trace-view.ts';

interface TraceHeaderProps {
  trace: Trace;
  view: TraceView;
  onView: ChangeView;
}

export function TraceHeader({ trace, view, onView }: TraceHeaderProps) {
  const { t, duration } = useText();
  const copy = useCopy();
  const file = useOpenFile()?.file;
  const operation = trace.root.operation ?? t('common.unnamed');
  const service = trace.root.service ?? t('common.unknown.service');
  return (
    <header className={styles.header}>
      <div className={styles.first}>
        <Link to={lastSearch()} className={styles.back}>
          <Icon name="left" /> <span>{t('trace.back')}</span>
        </Link>
        <h1
          className={styles.title}
          aria-label={t('trace.heading', {
            operation,
            service,
            duration: duration(trace.durationNano),
          })}
        >
          <ServiceName name={trace.root.service} />{' '}
          <b lang="en" translate="no">
            {operation}
          </b>
        </h1>
        <ErrorBadge trace={trace} place={styles.desktop} />
        <div className={styles.actions}>
          <code className={styles.id} translate="no">
            {trace.id}
          </code>
          <button
            type="button"
            className="quiet"
            aria-label={t('trace.copy.id')}
            title={t('trace.copy.id')}
            onClick={() => copy(trace.id, 'trace.id.copied')}
          >
            <Icon name="copy" />
          </button>
          {file ? (
            <DownloadMenu file={file} traceId={trace.id} />
          ) : (
            <>
              <Link
                className={`button ${styles.desktop}`}
                to={`/compare?${new URLSearchParams({ a: trace.id })}`}
              >
                {t('frame.compare')}
              </Link>
              <a
                className="button"
                href={addressOf(`api/v2/trace/${encodeURIComponent(trace.id)}`)}
                download={`${trace.id}.zipkin.json`}
              >
                <Icon name="download" /> <span>{t('trace.download')}</span>
              </a>
              <button
                type="button"
                className="button"
                onClick={() => copy(linkTo(trace, null), 'trace.link.copied')}
              >
                <Icon name="link" /> <span>{t('trace.copy.link')}</span>
              </button>
            </>
          )}
        </div>
      </div>
      <TraceFacts trace={trace} view={view} onView={onView} />
      {trace.truncated && (
        <Banner
          tone="warn"
          lead={t('trace.truncated.lead')}
          text={t('trace.truncated.text', { count: trace.spanCount })}
        />
      )}
    </header>
  );
}
