// One call between two services: its numbers, its neighbours, and traces that show it.
import { Link } from 'react-router';
import { EdgeTable } from '../../parts/EdgeTable.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { ErrorNumber, LatencyNumber } from '../../parts/LoadNumbers.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { Sparkline } from '../../parts/Sparkline.tsx';
import { useText } from '../../parts/language.tsx';
import { formatClock } from '../../trace/format.ts';
import { type Edge, errorShare, examplesOf, rateOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import { EMPTY_QUESTION, writeQuestion } from '../../trace/question.ts';
import type { TimeRange } from '../../trace/time-range.ts';
import styles from './EdgePanel.module.css';

interface EdgePanelProps {
  edge: Edge;
  edges: readonly Edge[];
  searched: { from: number; to: number };
  range: TimeRange;
  onClose: () => void;
}

export function EdgePanel({ edge, edges, searched, range, onClose }: EdgePanelProps) {
  const { t, language, count, duration } = useText();
  const question = { ...EMPTY_QUESTION, service: edge.caller ?? '', range };
  const examples = examplesOf([edge], edge.errors > 0 ? 'failing' : 'slow');
  return (
    <aside className={styles.panel} aria-label={t('graph.panel')}>
      <header>
        <h2>
          <ServiceName name={edge.caller} /> <span aria-label={t('graph.calls')}>→</span>{' '}
          <ServiceName name={edge.callee} />
        </h2>
        <button type="button" className="quiet" aria-label={t('common.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <p className={styles.kind} translate="no">
        {edge.kind}
      </p>
      <dl className={styles.numbers}>
        <div>
          <dt>{t('graph.calls')}</dt>
          <dd className="num">
            {formatRate(rateOf(edge, searched), language)} · {count(edge.requests)}
          </dd>
        </div>
        <div>
          <dt>{t('load.errors')}</dt>
          <dd className="num">
            <ErrorNumber load={edge} /> · {count(edge.errors)}
          </dd>
        </div>
        {(['p50', 'p99'] as const).map((of) => (
          <div key={of}>
            <dt>{of}</dt>
            <dd className="num">
              <LatencyNumber load={edge} of={of} />
            </dd>
          </div>
        ))}
      </dl>
      <Sparkline
        values={edge.series.map((point) => (point.requests > 0 ? errorShare(point) : null))}
        tone={errorShare(edge) >= 0.01 ? 'error' : 'plain'}
      />
      <Sparkline values={edge.series.map((point) => point.p99)} />
      <p className={styles.links}>
        <Link className="button" to={`/?${writeQuestion(question)}`}>
          {t('graph.traces')}
        </Link>
        <Link className="button" to={`/?${writeQuestion({ ...question, tags: ['error'] })}`}>
          {t('graph.traces.failing')}
        </Link>
      </p>
      <EdgeTable
        title={t('graph.callers.of', { service: edge.callee ?? '' })}
        edges={edges.filter((other) => other.callee === edge.callee)}
        end="caller"
        searched={searched}
        range={range}
      />
      <EdgeTable
        title={t('graph.calls.of', { service: edge.callee ?? '' })}
        edges={edges.filter((other) => other.caller === edge.callee)}
        end="callee"
        searched={searched}
        range={range}
      />
      {examples.length > 0 && (
        <>
          <h3>{t(edge.errors > 0 ? 'service.examples.failing' : 'service.examples.slow')}</h3>
          <ul>
            {examples.map((one) => (
              <li key={one.traceId}>
                <Link to={`/traces/${encodeURIComponent(one.traceId)}`} className="num">
                  {one.startMillis === null
                    ? one.traceId.slice(0, 8)
                    : formatClock(one.startMillis, 'seconds')}
                </Link>
                <b className="num">{duration(one.durationNano)}</b>
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}
