// The services of one trace and who called whom, placed left to right.
import { type Trace, serviceOf } from './trace.ts';

export interface GraphNode {
  service: string | null;
  calls: number;
  errors: number;
  critical: number;
  /** Column from the left, and place in it from the top. */
  column: number;
  place: number;
}

export interface GraphEdge {
  from: number;
  to: number;
  calls: number;
  errors: number;
  critical: number;
}

export interface ServiceGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  columns: number;
  /** The most nodes that one column holds. */
  tallest: number;
}

export function serviceGraphOf(trace: Trace): ServiceGraph {
  const { hops } = trace;
  const nodes: GraphNode[] = [];
  const edges = new Map<string, GraphEdge>();
  const places = new Map<string | null, number>();
  const nodeOf = (service: string | null) => {
    let node = places.get(service);
    if (node === undefined) {
      node = nodes.length;
      places.set(service, node);
      nodes.push({ service, calls: 0, errors: 0, critical: 0, column: 0, place: 0 });
    }
    return node;
  };
  for (let hop = 0; hop < hops.count; hop++) {
    const record = hops.records[hop]!;
    const parent = hops.parent[hop]!;
    const above = parent < 0 ? null : serviceOf(hops.records[parent]!);
    const callerName = record.callee ? (record.caller?.service ?? above) : above;
    const hasCaller = parent >= 0 || (record.caller !== null && record.callee !== null);
    const caller = hasCaller ? nodeOf(callerName) : null;
    const service = serviceOf(record);
    const to = nodeOf(service);
    const node = nodes[to]!;
    const error = hops.error[hop]!;
    const critical = hops.critical[hop] || 0;
    node.calls++;
    node.errors += error;
    node.critical += critical;
    // Work inside a service is no call.
    if (caller === null || caller === to) continue;
    const key = `${caller} ${to}`;
    const edge = edges.get(key) ?? { from: caller, to, calls: 0, errors: 0, critical: 0 };
    edge.calls++;
    edge.errors += error;
    edge.critical += critical;
    edges.set(key, edge);
  }
  const found = [...edges.values()];
  intoColumns(nodes, found);
  return place(nodes, found);
}

/** Each service right of all that call it; of calls that go round, the one that closes the circle goes back. */
function intoColumns(nodes: GraphNode[], edges: readonly GraphEdge[]): void {
  const out: number[][] = nodes.map(() => []);
  for (const edge of edges) out[edge.from]!.push(edge.to);
  const state = new Uint8Array(nodes.length);
  const last: number[] = [];
  const forward: number[][] = nodes.map(() => []);
  for (let root = 0; root < nodes.length; root++) {
    const stack: [number, number][] = state[root] ? [] : [[root, 0]];
    state[root] ||= 1;
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const to = out[top[0]]![top[1]++];
      if (to === undefined) {
        state[top[0]] = 2;
        last.push(top[0]);
        stack.pop();
        continue;
      }
      // A node still on the way here is above itself.
      if (state[to] === 1) continue;
      forward[top[0]]!.push(to);
      if (state[to] === 0) {
        state[to] = 1;
        stack.push([to, 0]);
      }
    }
  }
  for (const node of nodes) node.column = 0;
  for (const from of last.reverse())
    for (const to of forward[from]!)
      nodes[to]!.column = Math.max(nodes[to]!.column, nodes[from]!.column + 1);
}

/** Each column is ordered by where its callers stand, so that few lines cross. */
function place(nodes: GraphNode[], edges: GraphEdge[]): ServiceGraph {
  const columns = nodes.reduce((most, node) => Math.max(most, node.column + 1), 0);
  let tallest = 0;
  for (let column = 0; column < columns; column++) {
    const here = nodes.flatMap((node, index) => (node.column === column ? [index] : []));
    const pull = new Map<number, number>();
    for (const index of here) {
      const from = edges.filter((edge) => edge.to === index && nodes[edge.from]!.column < column);
      const sum = from.reduce((whole, edge) => whole + nodes[edge.from]!.place, 0);
      pull.set(index, from.length > 0 ? sum / from.length : 0);
    }
    here.sort((a, b) => pull.get(a)! - pull.get(b)! || a - b);
    here.forEach((index, at) => (nodes[index]!.place = at));
    tallest = Math.max(tallest, here.length);
  }
  return { nodes, edges, columns, tallest };
}
