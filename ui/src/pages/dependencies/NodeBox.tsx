// A service in the graph: its mark, its name, how much it is called. Dashed when it sends no spans itself.
import { useText } from '../../parts/language.tsx';
import { formatShare } from '../../trace/format.ts';
import type { GraphNode } from '../../trace/graph.ts';
import { NODE_HEIGHT, NODE_WIDTH, type Place } from '../../trace/graph-layout.ts';
import { type Edge, errorShare, rateOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import { serviceClass, serviceMark } from '../../trace/service-colour.ts';
import styles from './GraphPicture.module.css';

interface NodeBoxProps {
  name: string;
  node: GraphNode | null;
  place: Place;
  pale: boolean;
  focused: boolean;
  into: readonly Edge[];
  from: readonly Edge[];
  searched: { from: number; to: number };
  /** Whether Tab leads here. */
  stop: boolean;
  onFocus: (inside: boolean) => void;
  onOpen: () => void;
}

export function NodeBox(props: NodeBoxProps) {
  const { name, node, place, pale, focused, into, from, searched, stop, onOpen } = props;
  const { t, language } = useText();
  const calls = into.length > 0 ? into : from;
  const requests = calls.reduce((sum, edge) => sum + edge.requests, 0);
  const errors = calls.reduce((sum, edge) => sum + edge.errors, 0);
  const load = { requests, errors, p50: null, p90: null, p99: null };
  const share = errorShare(load);
  const short = shorten(name);
  const look = [
    styles.node,
    pale ? styles.paleNode : '',
    focused ? styles.focused : '',
    node?.inferred ? styles.inferred : '',
    share >= 0.01 && !pale ? styles.failingNode : '',
  ].join(' ');
  const second = node?.inferred
    ? t('graph.inferred', { kind: node.kind ?? '' })
    : [formatRate(rateOf(load, searched), language), share >= 0.001 ? formatShare(share) : '']
        .filter(Boolean)
        .join(' · ');
  return (
    <g
      className={look}
      transform={`translate(${place.x - NODE_WIDTH / 2} ${place.y - NODE_HEIGHT / 2})`}
      onClick={onOpen}
      onFocus={() => props.onFocus(true)}
      onBlur={() => props.onFocus(false)}
      data-node={name}
      role="button"
      tabIndex={stop ? 0 : -1}
      aria-pressed={focused}
      aria-label={t('graph.node', {
        name,
        second,
        callers: new Set(into.map(({ caller }) => caller)).size,
        callees: new Set(from.map(({ callee }) => callee)).size,
      })}
    >
      {short !== name && <title>{name}</title>}
      <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx="10" />
      <Mark name={name} />
      <text x="30" y="17" className={styles.name}>
        {short}
      </text>{' '}
      <text x="30" y="32" className={styles.second}>
        {second}
      </text>
    </g>
  );
}

function Mark({ name }: { name: string }) {
  const { shape } = serviceMark(name);
  return (
    <g className={`mark ${serviceClass(name)}`} transform="translate(12 15)">
      {shape === 'circle' && <circle cx="5" cy="5" r="4.3" />}
      {shape === 'square' && <rect className="mark" x="1" y="1" width="8" height="8" rx="1.2" />}
      {shape === 'diamond' && <path d="M5 0.3 9.7 5 5 9.7 0.3 5Z" />}
      {shape === 'triangle' && <path d="M5 0.8 9.7 9.2H0.3Z" />}
    </g>
  );
}

function shorten(name: string): string {
  const letters = [...name];
  return letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join('')}…` : name;
}

const LETTERS = 16;
