// The services of one trace as nodes, their calls as lines; below the same as a table.
import { useMemo } from 'react';
import { ServiceName } from '../../parts/ServiceName.tsx';
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { type Curve, labelPlaces } from '../../trace/label-places.ts';
import { serviceClass } from '../../trace/service-colour.ts';
import { type ServiceGraph, serviceGraphOf } from '../../trace/service-graph.ts';
import type { OtherViewProps } from './OtherViews.tsx';
import styles from './TraceGraph.module.css';

const WIDE = 172;
const HIGH = 44;
const ACROSS = 300;
/** About what a letter of a label takes. */
const LETTER = 6.4;
const DOWN = 66;
/** Lines with a smaller share of the trace bear no words, or nobody could read any. */
const LABELLED = 0.05;
/** More nodes are no picture but a thicket. */
const MOST_NODES = 120;

export function TraceGraph({ trace, onView }: OtherViewProps) {
  const { t, duration, count } = useText();
  const graph = useMemo(() => serviceGraphOf(trace), [trace]);
  const edges = [...graph.edges].sort((a, b) => b.critical - a.critical || b.calls - a.calls);
  return (
    <>
      {graph.nodes.length > MOST_NODES ? (
        <p className={styles.note}>{t('graph.large', { count: graph.nodes.length })}</p>
      ) : (
        <Drawing graph={graph} whole={trace.durationNano} />
      )}
      <div className={table.scroll} tabIndex={0} role="group" aria-label={t('trace.view.graph')}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t('graph.from')}</th>
              <th scope="col">{t('graph.to')}</th>
              {(['count', 'errors', 'critical'] as const).map((name) => (
                <th key={name} scope="col" className={table.right}>
                  {t(`stats.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {edges.map((edge) => {
              const to = graph.nodes[edge.to]!.service;
              return (
                <tr key={`${edge.from} ${edge.to}`}>
                  <td>
                    <span className={styles.name}>
                      <ServiceName name={graph.nodes[edge.from]!.service} />
                    </span>
                  </td>
                  <td>
                    <button
                      type="button"
                      className={styles.name}
                      onClick={() =>
                        onView({ view: 'waterfall', services: to === null ? [] : [to] })
                      }
                    >
                      <ServiceName name={to} />
                    </button>
                  </td>
                  <td className={`num ${table.right}`}>{count(edge.calls)}</td>
                  <td
                    className={`num ${table.right} ${edge.errors > 0 ? styles.red : table.quiet}`}
                  >
                    {count(edge.errors)}
                  </td>
                  <td className={`num ${table.right}`}>{duration(edge.critical)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface Place {
  x: number;
  y: number;
}

/** From the right edge of one node to the left edge of another; what goes back arrives from the right. */
function curveOf(from: Place, to: Place): Curve {
  const back = to.x <= from.x;
  const start = from.x + WIDE;
  const end = back ? to.x + WIDE : to.x;
  const bend = back ? 60 : (to.x - start) / 2;
  const [y1, y2] = [from.y + HIGH / 2, to.y + HIGH / 2];
  return [
    [start, y1],
    [start + bend, y1],
    [back ? end + bend : end - bend, y2],
    [end, y2],
  ];
}

function Drawing({ graph, whole }: { graph: ServiceGraph; whole: number }) {
  const { t, duration } = useText();
  const width = (graph.columns - 1) * ACROSS + WIDE + 32;
  const height = (graph.tallest - 1) * DOWN + HIGH + 48;
  const columnSizes = Array.from(
    { length: graph.columns },
    (_, column) => graph.nodes.filter((node) => node.column === column).length,
  );
  const at = (index: number) => {
    const node = graph.nodes[index]!;
    const free = (graph.tallest - columnSizes[node.column]!) * DOWN;
    return { x: 16 + node.column * ACROSS, y: 24 + node.place * DOWN + free / 2 };
  };
  const lines = graph.edges.map((edge) => ({ edge, curve: curveOf(at(edge.from), at(edge.to)) }));
  // The most important words have the first choice of a place; what finds none is in the table.
  const labelled = lines
    .filter(({ edge }) => edge.errors > 0 || edge.critical >= LABELLED * whole)
    .sort((a, b) => b.edge.critical - a.edge.critical)
    .map((line) => {
      const calls = t('traceGraph.calls', { count: line.edge.calls });
      const time = line.edge.critical > 0 ? ` · ${duration(line.edge.critical)}` : '';
      return { ...line, words: calls + time };
    });
  const places = labelPlaces(
    labelled.map(({ curve, words }) => ({ curve, width: words.length * LETTER, height: 16 })),
    graph.nodes.map((_, index) => ({ ...at(index), width: WIDE, height: HIGH })),
  );
  const summary = t('traceGraph.summary', {
    services: graph.nodes.length,
    count: graph.edges.length,
  });
  return (
    <div className={styles.drawing}>
      <svg
        role="img"
        aria-label={summary}
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
      >
        {lines.map(({ edge, curve: [start, one, other, end] }) => (
          <g key={`${edge.from} ${edge.to}`} className={edge.errors > 0 ? styles.failed : ''}>
            <path
              className={styles.edge}
              strokeWidth={1 + Math.log2(edge.calls + 1) / 2}
              d={`M${start.join(' ')}C${one.join(' ')} ${other.join(' ')} ${end.join(' ')}`}
            />
            <path
              className={styles.arrow}
              d={`M${end.join(' ')}l${other[0] > end[0] ? 7 : -7} -4v8Z`}
            />
          </g>
        ))}
        {graph.nodes.map((node, index) => {
          const { x, y } = at(index);
          const name = node.service ?? t('common.unknown.service');
          return (
            <g
              key={index}
              className={`${serviceClass(node.service)} ${node.errors > 0 ? styles.failed : ''}`}
            >
              <rect className={styles.node} x={x} y={y} width={WIDE} height={HIGH} rx="8" />
              <rect className={styles.stripe} x={x} y={y} width="5" height={HIGH} rx="2" />
              <text className={styles.service} x={x + 14} y={y + 18}>
                {name.length > 22 ? `${name.slice(0, 21)}…` : name}
              </text>
              <text className={styles.small} x={x + 14} y={y + 35}>
                {t('traceGraph.calls', { count: node.calls })} · {duration(node.critical)}
              </text>
            </g>
          );
        })}
        {labelled.map(({ edge, words }, index) => {
          const place = places[index];
          return (
            place && (
              <text
                key={`${edge.from} ${edge.to}`}
                className={styles.label}
                x={place[0]}
                y={place[1] + 4}
              >
                {words}
              </text>
            )
          );
        })}
      </svg>
    </div>
  );
}
