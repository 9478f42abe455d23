// The graph drawn: callers to the left, width by calls, red where one in a hundred fails. The list is its twin.
import { useMemo, useRef, useState } from 'react';
import { useWidth } from '../../parts/use-size.ts';
import { useText } from '../../parts/language.tsx';
import { type GraphAnswer, edgeName } from '../../trace/graph.ts';
import { layOut } from '../../trace/graph-layout.ts';
import { type Edge, errorShare } from '../../trace/load.ts';
import { EdgeLabels } from './EdgeLabels.tsx';
import { EdgeLine } from './EdgeLine.tsx';
import styles from './GraphPicture.module.css';
import { NodeBox } from './NodeBox.tsx';
import type { GraphView } from './use-graph-view.ts';
import { useNodeKeys } from './use-node-keys.ts';
import { usePanZoom } from './use-pan-zoom.ts';
import { ZoomButtons } from './ZoomButtons.tsx';

interface GraphPictureProps {
  answer: GraphAnswer;
  edges: readonly Edge[];
  searched: { from: number; to: number };
  near: ReadonlySet<string> | null;
  view: GraphView;
  onView: (change: Partial<GraphView>) => void;
}

/** Of more services only those around the focus are drawn: the rest would be a walk away. */
const TOGETHER = 40;
/** Labels of failing calls while nothing is in focus, those with the most errors. */
const LABELS = 40;

export function GraphPicture({ answer, edges, searched, near, view, onView }: GraphPictureProps) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [pointed, setPointed] = useState<string | null>(null);
  const [active, setActive] = useState<string | null>(null);
  const only = near !== null && answer.services.length > TOGETHER ? near : null;
  // Places come from all calls of the whole time, so that nothing jumps while time is played.
  const known = useMemo(
    () =>
      answer.edges.flatMap((edge) =>
        edge.caller === null ||
        edge.callee === null ||
        (only && !(only.has(edge.caller) && only.has(edge.callee)))
          ? []
          : [{ caller: edge.caller, callee: edge.callee, name: edgeName(edge) }],
      ),
    [answer, only],
  );
  const layout = useMemo(() => {
    const all = answer.services.map(({ name }) => name);
    const names = new Set(only ? all.filter((name) => only.has(name)) : all);
    for (const { caller, callee } of known) names.add(caller).add(callee);
    return layOut([...names], known);
  }, [answer, known, only]);
  const centre = view.focus === null ? null : (layout.nodes.get(view.focus) ?? null);
  const panZoom = usePanZoom(box, { ...layout, centre }, width);
  const keys = useNodeKeys(layout, edges, view, onView);
  const now = new Map(edges.map((edge) => [edgeName(edge), edge]));
  const nodes = new Map(answer.services.map((node) => [node.name, node]));
  const isNear = (name: string) => near === null || near.has(name);
  const failing = edges.filter((edge) => errorShare(edge) >= 0.01).length;
  const drawn = known.map(({ name, caller, callee }, index) => ({
    name,
    caller,
    callee,
    edge: now.get(name) ?? null,
    points: layout.edges[index] ?? [],
    pale: !isNear(caller) || !isNear(callee),
  }));
  // Of what is chosen, pointed at, or in focus first; with nothing in focus of what fails.
  const rank = ({ name, caller, callee, edge }: (typeof drawn)[number]) => {
    if (name === view.edge) return 4;
    if (name === pointed) return 3;
    if (active !== null && (caller === active || callee === active)) return 2;
    if (view.focus !== null) return caller === view.focus || callee === view.focus ? 1 : 0;
    return edge !== null && errorShare(edge) >= 0.01 ? 1 : 0;
  };
  const labels = drawn
    .flatMap((one) => (one.edge ? [{ ...one, edge: one.edge, rank: rank(one) }] : []))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || b.edge.errors - a.edge.errors)
    .slice(0, LABELS);
  return (
    <div className={styles.picture}>
      <p className={styles.legend}>
        <span className={styles.thick}>{t('graph.legend.width')}</span>
        <span className={styles.red}>{t('graph.legend.error')}</span>
        <span className={styles.dashed}>{t('graph.legend.inferred')}</span>
        <span>
          {only
            ? t('graph.count.near', { shown: layout.nodes.size, services: answer.services.length })
            : t('graph.count', { services: layout.nodes.size, edges: known.length })}
          {!answer.truncated && !only && `, ${t('graph.whole')}`}
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
          width={layout.width * panZoom.scale}
          height={layout.height * panZoom.scale}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="group"
          aria-label={t('graph.summary', {
            services: layout.nodes.size,
            edges: known.length,
            failing,
          })}
          onKeyDown={keys.press}
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
              node={nodes.get(name) ?? null}
              place={place}
              pale={!isNear(name)}
              focused={name === view.focus}
              into={edges.filter((edge) => edge.callee === name)}
              from={edges.filter((edge) => edge.caller === name)}
              searched={searched}
              stop={name === keys.stop}
              onFocus={(inside) => {
                setActive(inside ? name : null);
                if (inside) keys.onFocus(name);
              }}
              onOpen={() => onView({ focus: name === view.focus ? null : name })}
            />
          ))}
          <EdgeLabels edges={labels} by={view.by} searched={searched} selected={view.edge} />
        </svg>
      </div>
      <ZoomButtons {...panZoom} />
    </div>
  );
}
