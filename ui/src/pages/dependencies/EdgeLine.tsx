// A call drawn as a line, and its numbers on a label at its middle.
import { useText } from '../../parts/language.tsx';
import { ABSENT, formatShare } from '../../trace/format.ts';
import { type Place, curve, lineWidth } from '../../trace/graph-layout.ts';
import { type Edge, errorShare, isFew, rateOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import styles from './GraphPicture.module.css';
import type { GraphView } from './use-graph-view.ts';

interface EdgeLineProps {
  /** Null: nobody called in the moment that is played. */
  edge: Edge | null;
  points: readonly Place[];
  pale: boolean;
  selected: boolean;
  onPoint: (inside: boolean) => void;
  onOpen: () => void;
}

export function EdgeLine({ edge, points, pale, selected, onPoint, onOpen }: EdgeLineProps) {
  const path = curve(points);
  const failing = edge !== null && errorShare(edge) >= 0.01;
  const look = pale || !edge ? styles.paleLine : failing ? styles.failing : styles.line;
  const end = points.at(-1);
  return (
    <g
      className={`${styles.edge} ${look} ${selected ? styles.selectedLine : ''}`}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onClick={onOpen}
    >
      <path d={path} strokeWidth={edge ? lineWidth(edge.requests) : 1} />
      {end && (
        <polygon points={`${end.x},${end.y} ${end.x - 9},${end.y - 5} ${end.x - 9},${end.y + 5}`} />
      )}
      <path d={path} className={styles.grip} />
    </g>
  );
}

interface EdgeLabelProps {
  edge: Edge;
  points: readonly Place[];
  by: GraphView['by'];
  searched: { from: number; to: number };
  selected: boolean;
}

export function EdgeLabel({ edge, points, by, searched, selected }: EdgeLabelProps) {
  const { t, language, duration } = useText();
  const middle = points[Math.floor(points.length / 2)];
  if (!middle) return null;
  const share = errorShare(edge);
  const rate = formatRate(rateOf(edge, searched), language);
  const errors =
    isFew(edge) && edge.errors > 0
      ? t('load.few', { errors: edge.errors, requests: edge.requests })
      : share > 0
        ? formatShare(share)
        : '';
  const p99 =
    edge.p99 === null
      ? ABSENT
      : isFew(edge)
        ? t('load.max', { duration: duration(edge.p99) })
        : duration(edge.p99);
  const last = by === 'p99' ? p99 : '';
  const words = [rate, errors, last].filter(Boolean);
  // Digits are about six pixels wide at this size; Korean letters eleven.
  const width = 16 + words.join('  ').replace(/[가-힣]/g, 'xx').length * 6.1;
  return (
    <g className={`${styles.label} ${selected ? styles.selectedLabel : ''}`} aria-hidden="true">
      <rect x={middle.x - width / 2} y={middle.y - 10} width={width} height="20" rx="6" />
      <text x={middle.x} y={middle.y + 4} textAnchor="middle">
        <tspan>{rate}</tspan>
        {errors && (
          <tspan dx="6" className={share >= 0.01 ? styles.badText : ''}>
            {errors}
          </tspan>
        )}
        {last && (
          <tspan dx="6" className={styles.strongText}>
            {last}
          </tspan>
        )}
      </text>
    </g>
  );
}
