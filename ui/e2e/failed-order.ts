// An order that fails, as Zipkin's clients report it: a call with one id for both sides, a database, a
// queue, addresses, and texts that are no markup.
import { type ZipkinSpan, ago, lone, newId } from './spans.ts';

export function failedOrder(): ZipkinSpan[] {
  const start = ago(50);
  const at = (serviceName: string, ipv4: string, port?: number) => ({
    serviceName,
    ipv4,
    ...(port && { port }),
  });
  const root = lone('frontend', 'get /', 350, {
    timestamp: start,
    localEndpoint: at('frontend', '10.0.0.1', 8080),
    tags: { 'http.method': 'GET', 'http.path': '/', environment: 'prod' },
    annotations: [{ timestamp: start + 1000, value: 'wire.sent' }],
  });
  const { traceId } = root;
  const call: ZipkinSpan = {
    traceId,
    id: newId(8),
    parentId: root.id,
    kind: 'CLIENT',
    name: 'post /checkout',
    timestamp: start + 10_000,
    duration: 250_000,
    localEndpoint: at('frontend', '10.0.0.1'),
    remoteEndpoint: at('backend', '10.0.0.2', 9000),
    tags: { 'http.method': 'POST' },
  };
  const served: ZipkinSpan = {
    ...call,
    kind: 'SERVER',
    shared: true,
    timestamp: start + 20_000,
    duration: 220_000,
    localEndpoint: at('backend', '10.0.0.2', 9000),
    remoteEndpoint: at('frontend', '10.0.0.1', 51_234),
    tags: { 'http.method': 'POST', error: 'card declined' },
  };
  const query: ZipkinSpan = {
    traceId,
    id: newId(8),
    parentId: call.id,
    kind: 'CLIENT',
    name: 'insert',
    timestamp: start + 30_000,
    duration: 20_000,
    localEndpoint: at('backend', '10.0.0.2'),
    remoteEndpoint: at('mysql', '10.0.0.3', 3306),
    tags: { 'sql.query': "insert into orders values ('<b>Ærø</b>')" },
  };
  const sent: ZipkinSpan = {
    traceId,
    id: newId(8),
    parentId: root.id,
    kind: 'PRODUCER',
    name: 'send order',
    timestamp: start + 270_000,
    duration: 1000,
    localEndpoint: at('frontend', '10.0.0.1'),
    remoteEndpoint: { serviceName: 'kafka' },
    annotations: [{ timestamp: start + 270_500, value: 'queued' }],
  };
  const received: ZipkinSpan = {
    ...sent,
    id: newId(8),
    parentId: sent.id,
    kind: 'CONSUMER',
    name: 'receive order',
    timestamp: start + 280_000,
    duration: 15_000,
    localEndpoint: at('shipping', '10.0.0.4'),
    annotations: [],
  };
  return [root, call, served, query, sent, received];
}
