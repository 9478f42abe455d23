// A realistic trace to look at before any application sends one: a checkout with a timeout, a retry, a slow call and a message.

export interface SampleTrace {
  traceId: string;
  /** The front half of the request, as Zipkin v2 JSON. */
  zipkin: unknown[];
  /** The back half, as an OTLP/JSON export request. */
  otlp: unknown;
}

type Kind = 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'LOCAL';

interface SampleSpan {
  id: string;
  parent: string | null;
  service: string;
  kind: Kind;
  name: string;
  /** Microseconds since the trace's start. */
  start: number;
  duration: number;
  tags: Record<string, string>;
  remote?: string;
  error?: string;
  events?: [number, string][];
}

/** Fresh random ids and a start in the last seconds, so that it can be found as the newest trace. */
export function makeSampleTrace(
  nowMillis: number,
  random: Pick<Crypto, 'getRandomValues'>,
): SampleTrace {
  const id = (bytes: number) =>
    [...random.getRandomValues(new Uint8Array(bytes))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
  const traceId = id(16);
  const spans = checkout(() => id(8));
  const startMicros = (nowMillis - 3000) * 1000;
  return {
    traceId,
    zipkin: spans.filter(isFront).map((span) => toZipkin(span, traceId, startMicros)),
    otlp: toOtlp(
      spans.filter((span) => !isFront(span)),
      traceId,
      startMicros,
    ),
  };
}

function checkout(newId: () => string): SampleSpan[] {
  const spans: SampleSpan[] = [];
  const add = (
    parent: SampleSpan | null,
    service: string,
    kind: Kind,
    name: string,
    [start, duration]: [number, number],
    more: Partial<SampleSpan> = {},
  ): SampleSpan => {
    const parentId = parent?.id ?? null;
    const span = {
      id: newId(),
      parent: parentId,
      service,
      kind,
      name,
      start,
      duration,
      tags: {},
      ...more,
    };
    spans.push(span);
    return span;
  };
  const request = `req-${newId()}`;
  const http = (method: string, path: string, status: string) => ({
    'http.method': method,
    'http.path': path,
    'http.status_code': status,
  });

  const web = add(null, 'web-frontend', 'SERVER', 'POST /checkout', [0, 1_846_000], {
    tags: { ...http('POST', '/checkout', '200'), 'x-request-id': request, environment: 'demo' },
  });
  add(web, 'web-frontend', 'LOCAL', 'render receipt', [1_808_000, 34_000]);
  const callOrders = add(web, 'web-frontend', 'CLIENT', 'POST /orders', [9000, 1_792_000], {
    tags: http('POST', '/orders', '201'),
    remote: 'orders',
  });
  const orders = add(callOrders, 'orders', 'SERVER', 'POST /orders', [14_000, 1_781_000], {
    tags: {
      ...http('POST', '/orders', '201'),
      'order.id': `ord_${newId().slice(0, 6)}`,
      'x-request-id': request,
    },
  });
  const callStock = add(orders, 'orders', 'CLIENT', 'POST /reserve', [22_000, 214_000], {
    tags: http('POST', '/reserve', '200'),
    remote: 'inventory',
  });
  const stock = add(callStock, 'inventory', 'SERVER', 'POST /reserve', [25_000, 207_000], {
    tags: {
      'http.request.method': 'POST',
      'http.route': '/reserve',
      'http.response.status_code': '200',
    },
  });
  const sql = (operation: string, table: string) => ({
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
    'db.collection.name': table,
  });
  for (let item = 0; item < 6; item++) {
    add(
      stock,
      'inventory',
      'CLIENT',
      'SELECT stock',
      [31_000 + item * 29_000, 24_000 + item * 400],
      {
        tags: sql('SELECT', 'stock'),
        remote: 'postgresql',
      },
    );
  }
  const pay = (
    attempt: number,
    time: [number, number],
    serverTime: [number, number],
    error?: string,
  ) => {
    const status = error ? '504' : '200';
    const client = add(orders, 'orders', 'CLIENT', 'POST /charge', time, {
      tags: { ...http('POST', '/charge', status), 'retry.count': String(attempt - 1) },
      remote: 'payment',
      ...(error ? { error } : {}),
    });
    return add(client, 'payment', 'SERVER', 'POST /charge', serverTime, {
      tags: {
        'http.request.method': 'POST',
        'http.route': '/charge',
        'http.response.status_code': status,
        'payment.amount': '129000',
        'payment.currency': 'KRW',
      },
      ...(error
        ? {
            error,
            events: [[serverTime[0] + 704_000, 'card network did not answer'] as [number, string]],
          }
        : {}),
    });
  };
  const first = pay(1, [246_000, 812_000], [339_000, 708_000], '504');
  add(first, 'payment', 'CLIENT', 'POST /v1/charges', [352_000, 690_000], {
    tags: {
      'server.address': 'acme-pay',
      'http.request.method': 'POST',
      'http.response.status_code': '504',
    },
    remote: 'acme-pay',
    error: '504',
  });
  const second = pay(2, [1_190_000, 498_000], [1_196_000, 487_000]);
  add(second, 'payment', 'CLIENT', 'POST /v1/charges', [1_209_000, 438_000], {
    tags: {
      'server.address': 'acme-pay',
      'http.request.method': 'POST',
      'http.response.status_code': '200',
    },
    remote: 'acme-pay',
  });
  add(second, 'payment', 'CLIENT', 'INSERT payments', [1_655_000, 17_000], {
    tags: sql('INSERT', 'payments'),
    remote: 'postgresql',
  });
  const queue = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders.created' };
  const publish = add(orders, 'orders', 'PRODUCER', 'orders.created publish', [1_752_000, 6200], {
    tags: queue,
    remote: 'kafka',
  });
  add(publish, 'email', 'CONSUMER', 'orders.created process', [1_781_000, 48_000], {
    tags: { ...queue, 'messaging.operation.type': 'process' },
    remote: 'kafka',
  });
  return spans;
}

function isFront(span: SampleSpan): boolean {
  return span.service === 'web-frontend' || span.service === 'orders';
}

function toZipkin(span: SampleSpan, traceId: string, startMicros: number): unknown {
  return {
    traceId,
    id: span.id,
    ...(span.parent ? { parentId: span.parent } : {}),
    ...(span.kind === 'LOCAL' ? {} : { kind: span.kind }),
    name: span.name,
    timestamp: startMicros + span.start,
    duration: span.duration,
    localEndpoint: { serviceName: span.service },
    ...(span.remote ? { remoteEndpoint: { serviceName: span.remote } } : {}),
    tags: { ...span.tags, ...(span.error ? { error: span.error } : {}) },
    ...(span.events
      ? { annotations: span.events.map(([at, value]) => ({ timestamp: startMicros + at, value })) }
      : {}),
  };
}

function toOtlp(spans: SampleSpan[], traceId: string, startMicros: number): unknown {
  const services = [...new Set(spans.map((span) => span.service))];
  const nanos = (micros: number) => `${startMicros + micros}000`;
  const attributes = (tags: Record<string, string>) =>
    Object.entries(tags).map(([key, text]) => ({
      key,
      value: /^\d+$/.test(text) ? { intValue: text } : { stringValue: text },
    }));
  return {
    resourceSpans: services.map((service) => ({
      resource: {
        attributes: attributes({
          'service.name': service,
          'service.version': '1.4.2',
          'deployment.environment.name': 'demo',
        }),
      },
      scopeSpans: [
        {
          scope: { name: 'hopline.sample', version: '1' },
          spans: spans
            .filter((span) => span.service === service)
            .map((span) => ({
              traceId,
              spanId: span.id,
              parentSpanId: span.parent ?? '',
              name: span.name,
              kind: OTLP_KINDS[span.kind],
              startTimeUnixNano: nanos(span.start),
              endTimeUnixNano: nanos(span.start + span.duration),
              attributes: attributes({
                ...span.tags,
                ...(span.remote
                  ? { 'service.peer.name': span.remote, 'peer.service': span.remote }
                  : {}),
              }),
              events: (span.events ?? []).map(([at, name]) => ({ timeUnixNano: nanos(at), name })),
              status: span.error ? { code: 2, message: `HTTP ${span.error}` } : {},
            })),
        },
      ],
    })),
  };
}

const OTLP_KINDS: Record<Kind, number> = {
  LOCAL: 1,
  SERVER: 2,
  CLIENT: 3,
  PRODUCER: 4,
  CONSUMER: 5,
};
