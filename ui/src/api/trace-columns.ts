// A large trace as the server tells it: columns with a place a hop. Nothing is made of a hop until somebody looks.
import type { Producer } from '../trace/across.ts';
import type { Peers } from '../trace/peers.ts';
import type { HopEnd, HopKind, HopRecord, PathRecord, Trace } from '../trace/trace.ts';
import { type Wire, count, list, numberOrNull, object, text, textOrNull } from './wire.ts';

interface Columns {
  records: HopRecord[];
  path: PathRecord[];
  eventTimes: Trace['eventTimes'];
}

/** `readWhole` reads a hop that is told as in a list. */
export function readColumns(answer: Wire, readWhole: (hop: unknown) => HopRecord): Columns {
  const told = object(answer['hopColumns']);
  const texts = list(told['texts']);
  const columns = new HopColumns(told, texts);
  const records: HopRecord[] = list(told['parent']).map((_, hop) => new ColumnRecord(columns, hop));
  for (const hop of list(told['whole'])) {
    const at = numberOrNull(object(hop)['index']);
    if (at !== null && records[at]) records[at] = readWhole(hop);
  }
  return {
    records,
    path: readPath(object(answer['pathColumns']), texts),
    eventTimes: readEvents(told, records.length),
  };
}

export function readKind(kind: unknown): HopKind {
  return KINDS.find((known) => known === kind) ?? 'rpc';
}

/** Looked up by name once: a hop reads a dozen of them. */
class HopColumns {
  readonly of: Record<Name, readonly unknown[]>;
  readonly caller: Side;
  readonly callee: Side;
  readonly noteSets: readonly (readonly string[])[];
  readonly usual: readonly Wire[];
  private readonly texts: readonly unknown[];
  private readonly spanIds: string;
  private readonly elsewhereIds: string;

  constructor(told: Wire, texts: readonly unknown[]) {
    const side = (name: 'caller' | 'callee') => ({
      service: list(told[`${name}Service`]),
      operation: list(told[`${name}Operation`]),
      span: list(told[`${name}Span`]),
      elsewhere: list(told[`${name}Elsewhere`]),
    });
    this.of = Object.fromEntries(NAMES.map((name) => [name, list(told[name])])) as Record<
      Name,
      readonly unknown[]
    >;
    this.caller = side('caller');
    this.callee = side('callee');
    this.noteSets = list(told['noteSets']).map((set) =>
      list(set).filter((note): note is string => typeof note === 'string'),
    );
    this.usual = list(told['usual']).map(object);
    this.texts = texts;
    this.spanIds = text(told['spanIds']);
    this.elsewhereIds = text(told['elsewhereIds']);
  }

  text(column: readonly unknown[], hop: number): string | null {
    return textOrNull(this.texts[positionAt(column, hop)]);
  }

  end(side: Side, hop: number): HopEnd | null {
    const service = this.text(side.service, hop);
    const operation = this.text(side.operation, hop);
    const index = positionAt(side.span, hop);
    const spanId =
      index >= 0
        ? idAt(this.spanIds, index)
        : idAt(this.elsewhereIds, positionAt(side.elsewhere, hop));
    if (service === null && operation === null && spanId === null) return null;
    return { service, operation, spanId, spanIndex: index >= 0 ? index : null, traceId: null };
  }
}

interface Side {
  service: readonly unknown[];
  operation: readonly unknown[];
  span: readonly unknown[];
  elsewhere: readonly unknown[];
}

/** -1 where there is none. */
function positionAt(column: readonly unknown[], hop: number): number {
  const at = column[hop];
  return typeof at === 'number' ? at : -1;
}

/** Reads its columns when it is asked: most hops of a large trace are never looked at. */
class ColumnRecord implements HopRecord {
  private readonly columns: HopColumns;
  private readonly hop: number;

  constructor(columns: HopColumns, hop: number) {
    this.columns = columns;
    this.hop = hop;
  }

  get parent(): number | null {
    const parent = positionAt(this.columns.of.parent, this.hop);
    return parent < 0 ? null : parent;
  }
  get kind(): HopKind {
    return readKind(this.columns.text(this.columns.of.kind, this.hop));
  }
  get protocol(): string | null {
    return this.columns.text(this.columns.of.protocol, this.hop);
  }
  get caller(): HopEnd | null {
    return this.columns.end(this.columns.caller, this.hop);
  }
  get callee(): HopEnd | null {
    return this.columns.end(this.columns.callee, this.hop);
  }
  get start(): number {
    return numberOrNull(this.columns.of.start[this.hop]) ?? 0;
  }
  get serverStart(): number | null {
    return numberOrNull(this.columns.of.serverStart[this.hop]);
  }
  get clientNano(): number | null {
    return numberOrNull(this.columns.of.client[this.hop]);
  }
  get serverNano(): number | null {
    return numberOrNull(this.columns.of.server[this.hop]);
  }
  get networkNano(): number | null {
    return numberOrNull(this.columns.of.network[this.hop]);
  }
  get selfNano(): number | null {
    return numberOrNull(this.columns.of.self[this.hop]);
  }
  get criticalNano(): number | null {
    return numberOrNull(this.columns.of.critical[this.hop]);
  }
  get error(): boolean {
    return positionAt(this.columns.of.error, this.hop) === 1;
  }
  get errorText(): string | null {
    return this.columns.text(this.columns.of.errorText, this.hop);
  }
  get notes(): readonly string[] {
    return this.columns.noteSets[positionAt(this.columns.of.notes, this.hop)] ?? NO_NOTES;
  }
  get group(): number | null {
    const group = positionAt(this.columns.of.group, this.hop);
    return group < 0 ? null : group;
  }
  get peers(): Peers | null {
    const usual = this.columns.usual[positionAt(this.columns.of.peers, this.hop)];
    const percentile = numberOrNull(this.columns.of.percentile[this.hop]);
    const slower = numberOrNull(this.columns.of.slower[this.hop]);
    if (usual === undefined || percentile === null || slower === null) return null;
    return {
      window: text(usual['window']),
      count: count(usual['count']),
      p50Nano: count(usual['p50Nano']),
      p99Nano: count(usual['p99Nano']),
      percentile,
      slower,
    };
  }
  get producers(): readonly Producer[] {
    return NO_PRODUCERS;
  }
}

function readPath(told: Wire, texts: readonly unknown[]): PathRecord[] {
  const [services, parts, starts, durations] = (
    ['service', 'part', 'start', 'duration'] as const
  ).map((name) => list(told[name]));
  return list(told['span']).map((span, index) => ({
    spanIndex: typeof span === 'number' && span >= 0 ? span : null,
    spanId: null,
    service: textOrNull(texts[count(services![index])]),
    start: count(starts![index]),
    durationNano: count(durations![index]),
    part: text(texts[count(parts![index])]),
  }));
}

/** Of each hop where its events begin in the list of all. */
function readEvents(told: Wire, hops: number): Trace['eventTimes'] {
  const times = list(told['eventTime']);
  const first = new Int32Array(hops + 1);
  for (const hop of list(told['eventHop']))
    if (typeof hop === 'number' && hop < hops) first[hop + 1]!++;
  for (let hop = 0; hop < hops; hop++) first[hop + 1]! += first[hop]!;
  return (hop) =>
    times
      .slice(first[hop], first[hop + 1])
      .filter((time): time is number => typeof time === 'number');
}

function idAt(ids: string, position: number): string | null {
  return position < 0 ? null : ids.slice(position * ID_DIGITS, (position + 1) * ID_DIGITS) || null;
}

const ID_DIGITS = 16;
const KINDS: readonly HopKind[] = ['rpc', 'messaging', 'database', 'local'];
const NO_NOTES: readonly string[] = [];
const NO_PRODUCERS: readonly Producer[] = [];
const NAMES = [
  'parent',
  'kind',
  'protocol',
  'errorText',
  'start',
  'serverStart',
  'client',
  'server',
  'network',
  'self',
  'critical',
  'error',
  'notes',
  'group',
  'peers',
  'percentile',
  'slower',
] as const;
type Name = (typeof NAMES)[number];
