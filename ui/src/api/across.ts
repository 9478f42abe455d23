// What a trace's answer says beyond its own spans: groups, peers, links from elsewhere, messages, late logs.
import type { Across, Producer } from '../trace/across.ts';
import type { HopGroup } from '../trace/groups.ts';
import type { Peers } from '../trace/peers.ts';
import { readAttributes } from './span.ts';
import {
  type Wire,
  count,
  flag,
  list,
  numberOrNull,
  object,
  offset,
  text,
  textOrNull,
} from './wire.ts';

export function readGroups(answer: Wire, origin: bigint): HopGroup[] {
  return list(answer['groups']).map((value) => {
    const group = object(value);
    return {
      kind: text(group['kind']),
      count: count(group['count']),
      errorCount: count(group['errorCount']),
      within: numberOrNull(group['within']),
      start: offset(group['startTimeUnixNano'], origin) ?? 0,
      durationNano: count(group['durationNano']),
      criticalNano: numberOrNull(group['criticalNano']),
    };
  });
}

/** Null unless all of its numbers are there. */
export function readPeers(value: unknown): Peers | null {
  if (value === null || value === undefined) return null;
  const peers = object(value);
  const [p50Nano, p99Nano, percentile, slower] = (
    ['p50Nano', 'p99Nano', 'percentile', 'slower'] as const
  ).map((key) => numberOrNull(peers[key]));
  if (p50Nano == null || p99Nano == null || percentile == null || slower == null) return null;
  const window = text(peers['window']);
  return { window, count: count(peers['count']), p50Nano, p99Nano, percentile, slower };
}

export function readProducers(value: unknown): readonly Producer[] {
  // Most hops have none, and share the same empty list.
  if (value === undefined) return NONE;
  return list(value).map((entry) => {
    const producer = object(entry);
    return { ...readName(producer), queueNano: numberOrNull(producer['queueDurationNano']) };
  });
}

export function readAcross(answer: Wire, origin: bigint): Across {
  const linkedBy = object(answer['linkedBy']);
  return {
    linkedBy: {
      count: count(linkedBy['count']),
      truncated: flag(linkedBy['truncated']),
      spans: list(linkedBy['spans']).map((value) => {
        const span = object(value);
        return {
          ...readName(span),
          traceId: text(span['traceId']),
          durationNano: numberOrNull(span['durationNano']),
          error: flag(span['error']),
          links: list(span['links']).filter((id): id is string => typeof id === 'string'),
        };
      }),
    },
    farHops: list(answer['farHops']).map((value) => {
      const hop = object(value);
      const callee = object(hop['callee']);
      return {
        ...readName(callee),
        parent: numberOrNull(hop['parent']),
        traceId: text(callee['traceId']),
        queueNano: numberOrNull(hop['networkDurationNano']),
        serverNano: numberOrNull(hop['serverDurationNano']),
        error: flag(hop['error']),
      };
    }),
    orphanEvents: list(answer['orphanEvents']).map((value) => {
      const event = object(value);
      return {
        spanId: textOrNull(event['spanId']),
        service: textOrNull(event['service']),
        offset: offset(event['timeUnixNano'], origin),
        name: text(event['name']),
        attributes: readAttributes(event['attributes']),
      };
    }),
    orphanEventCount: count(answer['orphanEventCount']),
  };
}

function readName(end: Wire) {
  return {
    traceId: textOrNull(end['traceId']),
    spanId: textOrNull(end['spanId']),
    service: textOrNull(end['service']),
    operation: textOrNull(end['operation']),
  };
}

const NONE: readonly Producer[] = [];
