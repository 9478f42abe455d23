// Time played through the graph: a window of some steps that moves by itself or by hand.
import { useEffect, useState } from 'react';
import { Sparkline } from '../../parts/Sparkline.tsx';
import { useText } from '../../parts/language.tsx';
import { formatAxis, formatClock } from '../../trace/format.ts';
import { type GraphAnswer, edgeName } from '../../trace/graph.ts';
import styles from './PlayHead.module.css';
import type { GraphView } from './use-graph-view.ts';

interface PlayHeadProps {
  answer: GraphAnswer;
  view: GraphView;
  /** The name of the call whose errors the line shows; of all calls when there is none. */
  selected: string | null;
  onView: (change: Partial<GraphView>) => void;
}

/** How many points the window holds. */
export const STEPS_SHOWN = 5;
const STEP_MILLIS = 600;

export function PlayHead({ answer, view, selected, onView }: PlayHeadProps) {
  const { t } = useText();
  const [playing, setPlaying] = useState(false);
  const times = answer.edges[0]?.series.map((point) => point.startMillis) ?? [];
  const last = Math.max(0, times.length - STEPS_SHOWN);
  const at = view.at === null ? last : nearest(times, view.at, last);
  const next = at >= last ? null : (times[at + 1] ?? null);
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      if (next === null) setPlaying(false);
      else onView({ at: next });
    }, STEP_MILLIS);
    return () => clearTimeout(timer);
  }, [playing, next, onView]);
  if (times.length <= STEPS_SHOWN) return null;
  const shown = answer.edges.filter((edge) => selected === null || edgeName(edge) === selected);
  const errors = times.map((_, index) =>
    shown.reduce((sum, edge) => sum + (edge.series[index]?.errors ?? 0), 0),
  );
  const clock = (index: number) => formatClock(times[index] ?? answer.searched.to, 'minutes');
  const told = `${clock(at)} – ${at + STEPS_SHOWN < times.length ? clock(at + STEPS_SHOWN) : formatClock(answer.searched.to, 'minutes')}`;
  const whole = view.at === null && !playing;
  return (
    <section className={styles.play} aria-label={t('graph.play')}>
      <button
        type="button"
        className="button primary"
        aria-pressed={playing}
        onClick={() => {
          if (!playing && (view.at === null || at >= last)) onView({ at: times[0] ?? null });
          setPlaying(!playing);
        }}
      >
        {t(playing ? 'graph.play.stop' : 'graph.play')}
      </button>
      <p className="num">
        {whole ? t('graph.play.whole') : told}{' '}
        <small>
          {t('graph.play.window', {
            step: formatAxis(answer.stepMillis * 1e6),
            window: formatAxis(answer.stepMillis * STEPS_SHOWN * 1e6),
          })}
        </small>
      </p>
      {view.at !== null && (
        <button
          type="button"
          className="link"
          onClick={() => {
            setPlaying(false);
            onView({ at: null });
          }}
        >
          {t('graph.play.all')}
        </button>
      )}
      <div className={styles.track}>
        <Sparkline values={errors} tone={errors.some((count) => count > 0) ? 'error' : 'plain'} />
        <input
          type="range"
          min="0"
          max={last}
          value={at}
          aria-label={t('graph.play.head')}
          aria-valuetext={told}
          onChange={(event) => {
            setPlaying(false);
            onView({ at: times[Number(event.target.value)] ?? null });
          }}
        />
      </div>
    </section>
  );
}

function nearest(times: readonly number[], at: number, last: number): number {
  const found = times.findIndex((time) => time >= at);
  return found < 0 ? last : Math.min(found, last);
}
