// One span of a trace answer, read when it is looked at: most spans of a large trace never are.
import type { Attribute, AttributeValue, Endpoint, Span } from '../trace/span.ts';
import { flag, list, numberOrNull, object, offset, text, textOrNull } from './wire.ts';

export function readSpan(raw: unknown, origin: bigint): Span {
  const span = object(raw);
  const scope = span['scope'] ? object(span['scope']) : null;
  return {
    spanId: text(span['spanId']),
    parentSpanId: textOrNull(span['parentSpanId']),
    kind: text(span['kind']),
    service: textOrNull(span['service']),
    operation: textOrNull(span['operation']),
    offset: offset(span['startTimeUnixNano'], origin),
    durationNano: numberOrNull(span['durationNano']),
    error: flag(span['error']),
    statusCode: text(span['statusCode']) || 'UNSET',
    statusMessage: textOrNull(span['statusMessage']),
    shared: flag(span['shared']),
    debug: flag(span['debug']),
    localEndpoint: readEndpoint(span['localEndpoint']),
    remoteEndpoint: readEndpoint(span['remoteEndpoint']),
    attributes: readAttributes(span['attributes']),
    events: list(span['events']).map((value) => {
      const event = object(value);
      return {
        offset: offset(event['timeUnixNano'], origin),
        name: text(event['name']),
        attributes: readAttributes(event['attributes']),
      };
    }),
    links: list(span['links']).map((value) => {
      const link = object(value);
      return {
        traceId: text(link['traceId']),
        spanId: textOrNull(link['spanId']),
        attributes: readAttributes(link['attributes']),
      };
    }),
    resource: readAttributes(span['resource']),
    scope: scope && { name: text(scope['name']), version: textOrNull(scope['version']) },
    raw,
  };
}

export function readAttributes(value: unknown): Attribute[] {
  return list(value).map((entry) => {
    const attribute = object(entry);
    // JSON holds nothing but these values.
    return { key: text(attribute['key']), value: (attribute['value'] ?? null) as AttributeValue };
  });
}

function readEndpoint(value: unknown): Endpoint | null {
  if (value === null || value === undefined) return null;
  const endpoint = object(value);
  return {
    serviceName: textOrNull(endpoint['serviceName']),
    ipv4: textOrNull(endpoint['ipv4']),
    ipv6: textOrNull(endpoint['ipv6']),
    port: numberOrNull(endpoint['port']),
  };
}
