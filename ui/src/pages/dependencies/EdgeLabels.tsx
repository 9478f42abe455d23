// The numbers of calls, each on a label at the middle of its line; none covers another.
import { type Text, useText } from '../../parts/language.tsx';
import { ABSENT, type Language, formatShare } from '../../trace/format.ts';
import { type Place, apart } from '../../trace/graph-layout.ts';
import { type Edge, errorShare, isFew, rateOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import styles from './GraphPicture.module.css';
import type { GraphView } from './use-graph-view.ts';

interface EdgeLabelsProps {
  /** The most important first: later ones make room. */
  edges: readonly { name: string; edge: Edge; points: readonly Place[] }[];
  by: GraphView['by'];
  searched: { from: number; to: number };
  selected: string | null;
}

export function EdgeLabels({ edges, by, searched, selected }: EdgeLabelsProps) {
  const text = useText();
  const labels = edges.flatMap(({ name, edge, points }) => {
    const middle = middleOf(points);
    if (!middle) return [];
    const words = wordsOf(edge, by, searched, text, text.language);
    const all = [words.rate, words.errors, words.p99].filter(Boolean).join('  ');
    // Digits are about six pixels wide at this size; Korean letters eleven.
    const width = 16 + all.replace(/[가-힣]/g, 'xx').length * 6.1;
    return [{ ...middle, name, words, width, failing: errorShare(edge) >= 0.01 }];
  });
  const places = apart(labels);
  return labels.map(({ name, words, width, failing }, index) => {
    const { x, y } = places[index] ?? { x: 0, y: 0 };
    return (
      <g
        key={name}
        className={`${styles.label} ${name === selected ? styles.selectedLabel : ''}`}
        aria-hidden="true"
        data-label={name}
      >
        <rect x={x - width / 2} y={y - 10} width={width} height="20" rx="6" />
        <text x={x} y={y + 4} textAnchor="middle">
          <tspan>{words.rate}</tspan>
          {words.errors && (
            <tspan dx="6" className={failing ? styles.badText : ''}>
              {words.errors}
            </tspan>
          )}
          {words.p99 && (
            <tspan dx="6" className={styles.strongText}>
              {words.p99}
            </tspan>
          )}
        </text>
      </g>
    );
  });
}

/** Of an even number of bends it lies between two of them: the last is at the called service. */
function middleOf(points: readonly Place[]): Place | null {
  const low = points[Math.floor((points.length - 1) / 2)];
  const high = points[Math.floor(points.length / 2)];
  return low && high ? { x: (low.x + high.x) / 2, y: (low.y + high.y) / 2 } : null;
}

function wordsOf(
  edge: Edge,
  by: GraphView['by'],
  searched: { from: number; to: number },
  { t, duration }: Text,
  language: Language,
) {
  const few = isFew(edge);
  const share = errorShare(edge);
  const longest = edge.p99 === null ? ABSENT : duration(edge.p99);
  return {
    rate: formatRate(rateOf(edge, searched), language),
    errors:
      few && edge.errors > 0
        ? t('load.few', { errors: edge.errors, requests: edge.requests })
        : share > 0
          ? formatShare(share)
          : '',
    p99:
      by !== 'p99' ? '' : few && edge.p99 !== null ? t('load.max', { duration: longest }) : longest,
  };
}
