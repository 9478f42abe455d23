// Attributes put together by what they are about: the first word of the key, when it is one the field knows.
import type { Attribute } from './span.ts';

export interface AttributeGroup {
  /** Null for the application's own keys. */
  name: string | null;
  attributes: Attribute[];
}

export function groupAttributes(attributes: readonly Attribute[]): AttributeGroup[] {
  const groups = new Map<string | null, Attribute[]>();
  for (const attribute of attributes) {
    const first = attribute.key.split('.', 1)[0] ?? '';
    const name = KNOWN.get(attribute.key.includes('.') ? first : attribute.key) ?? null;
    const group = groups.get(name);
    if (group) group.push(attribute);
    else groups.set(name, [attribute]);
  }
  return [...groups]
    .map(([name, found]) => ({ name, attributes: found }))
    .sort((a, b) => ORDER.indexOf(a.name ?? 'app') - ORDER.indexOf(b.name ?? 'app'));
}

const ORDER = ['error', 'rpc', 'http', 'db', 'messaging', 'app', 'network', 'code', 'user', 'otel'];
const KNOWN = new Map(
  Object.entries({
    error: 'error',
    exception: 'error',
    rpc: 'rpc',
    grpc: 'rpc',
    http: 'http',
    url: 'http',
    user_agent: 'http',
    db: 'db',
    sql: 'db',
    redis: 'db',
    cassandra: 'db',
    messaging: 'messaging',
    kafka: 'messaging',
    net: 'network',
    network: 'network',
    server: 'network',
    client: 'network',
    peer: 'network',
    code: 'code',
    thread: 'code',
    enduser: 'user',
    otel: 'otel',
    telemetry: 'otel',
  }),
);
