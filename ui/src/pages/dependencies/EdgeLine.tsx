// A call drawn as a line with an arrow at its end.
import { type Place, curve, lineWidth } from '../../trace/graph-layout.ts';
import { type Edge, errorShare } from '../../trace/load.ts';
import styles from './GraphPicture.module.css';

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
      data-edge
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
