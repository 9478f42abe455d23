// The graph drawn: callers to the left, width by calls, red where one in a hundred fails. The list is its twin.
import { useMemo, useRef, useState } from 'react';
import { useWidth } from '../../parts/use-size.ts';
import { useText } from '../../parts/language.tsx';
import { type GraphAnswer, edgeName } from '../../trace/graph.ts';
import { layOut } from '../../trace/graph-layout.ts';
import { type Edge, errorShare } from '../../trace/load.ts';
import { EdgeLabel, EdgeLine } from './EdgeLine.tsx';
import styles from './GraphPicture.module.css';
import { NodeBox } from './NodeBox.tsx';
import type { GraphView } from './use-graph-view.ts';

interface GraphPictureProps {
  answer: GraphAnswer;
  edges: readonly Edge[];
  searched: { from: number; to: number };
  near: ReadonlySet<string> | null;
  view: GraphView;
  onView: (change: Partial<GraphView>) => void;
}

export function GraphPicture({ answer, edges, searched, near, view, onView }: GraphPictureProps) {
  const { t } = useText();
  const [zoom, setZoom] = useState(1);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [pointed, setPointed] = useState<string | null>(null);
  // Places come from all calls of the whole time, so that nothing jumps while time is played.
  const known = useMemo(
    () =>
      answer.edges.flatMap((edge) =>
        edge.caller === null || edge.callee === null
          ? []
          : [{ caller: edge.caller, callee: edge.callee, name: edgeName(edge) }],
      ),
    [answer],
  );
  const layout = useMemo(() => {
    const names = new Set(answer.services.map(({ name }) => name));
    for (const { caller, callee } of known) names.add(caller).add(callee);
    return layOut([...names], known);
  }, [answer, known]);
  // The whole of it fits at first, unless it would be too small to read.
  const fit = width > 0 ? Math.min(1, Math.max(0.6, (width - 8) / layout.width)) : 1;
  const scale = fit * zoom;
  const now = new Map(edges.map((edge) => [edgeName(edge), edge]));
  const inferred = new Map(answer.services.map((node) => [node.name, node]));
  const isNear = (name: string) => near === null || near.has(name);
  const failing = edges.filter((edge) => errorShare(edge) >= 0.01).length;
  const drawn = known.map(({ name, caller, callee }, index) => ({
    name,
    edge: now.get(name) ?? null,
    points: layout.edges[index] ?? [],
    pale: !isNear(caller) || !isNear(callee),
    told:
      name === view.edge ||
      name === pointed ||
      (view.focus !== null && (caller === view.focus || callee === view.focus)) ||
      (view.focus === null && errorShare(now.get(name) ?? NOTHING) >= 0.01),
  }));
  return (
    <div className={styles.picture}>
      <p className={styles.legend}>
        <span className={styles.thick}>{t('graph.legend.width')}</span>
        <span className={styles.red}>{t('graph.legend.error')}</span>
        <span className={styles.dashed}>{t('graph.legend.inferred')}</span>
        <span>
          {t('graph.count', { services: layout.nodes.size, edges: known.length })}
          {!answer.truncated && `, ${t('graph.whole')}`}
        </span>
      </p>
      <div
        className={styles.scroll}
        ref={box}
        role="region"
        aria-label={t('graph.view.graph')}
        tabIndex={0}
      >
        <svg
          width={layout.width * scale}
          height={layout.height * scale}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="img"
          aria-label={t('graph.summary', {
            services: layout.nodes.size,
            edges: known.length,
            failing,
          })}
        >
          {drawn.map(({ name, edge, points, pale }) => (
            <EdgeLine
              key={name}
              edge={edge}
              points={points}
              pale={pale}
              selected={name === view.edge}
              onPoint={(inside) => setPointed(inside ? name : null)}
              onOpen={() => onView({ edge: name })}
            />
          ))}
          {[...layout.nodes].map(([name, place]) => (
            <NodeBox
              key={name}
              name={name}
              node={inferred.get(name) ?? null}
              place={place}
              pale={!isNear(name)}
              focused={name === view.focus}
              into={edges.filter((edge) => edge.callee === name)}
              from={edges.filter((edge) => edge.caller === name)}
              searched={searched}
              onOpen={() => onView({ focus: name === view.focus ? null : name })}
            />
          ))}
          {drawn
            .filter(({ told, edge }) => told && edge !== null)
            .map(({ name, edge, points }) => (
              <EdgeLabel
                key={name}
                edge={edge!}
                points={points}
                by={view.by}
                searched={searched}
                selected={name === view.edge}
              />
            ))}
        </svg>
      </div>
      <div className={styles.zoom}>
        {(
          [
            ['+', 'graph.zoom.in', 1.25],
            ['−', 'graph.zoom.out', 0.8],
          ] as const
        ).map(([sign, words, factor]) => (
          <button
            key={sign}
            type="button"
            className="button"
            aria-label={t(words)}
            onClick={() => setZoom(Math.min(4, Math.max(0.4, zoom * factor)))}
          >
            {sign}
          </button>
        ))}
      </div>
    </div>
  );
}

const NOTHING = { requests: 0, errors: 0, p50: null, p90: null, p99: null };
