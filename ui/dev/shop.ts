// The made-up shop: a checkout that timed out once, and a trace as large as asked for.
import type { Call } from './calls.ts';

/** A checkout of about 2.4 seconds; `slow` stretches the payment. */
export function checkout(slow: number, failed: boolean): Call {
  const sql = (service: string, operation: string, start: number, total: number): Call => ({
    service,
    operation,
    kind: 'database',
    start,
    total,
    attributes: { 'db.system.name': 'postgresql', 'db.query.text': `${operation} WHERE id = $1` },
  });
  const ms = 1000;
  const first = Math.round(1000 * ms * slow);
  const begin = 405 * ms;
  const second = begin + 190 * ms + first + 250 * ms;
  const end = second + 470 * ms;
  const payment: Call = {
    service: 'payment',
    operation: 'POST /charge',
    kind: 'rpc',
    start: begin,
    total: end - begin + 30 * ms,
    network: [182 * ms, 3 * ms],
    attributes: {
      'rpc.service': 'shop.Payment',
      'rpc.grpc.status_code': 0,
      'order.id': 'ord_81F2K',
      'payment.amount': '129,000 KRW',
      'x-request-id': 'b7f1a9c2-50de-4c1b-9a57-e02f6c9d3310',
      'url.full': 'https://payments.example/charge?order=ord_81F2K',
      hostile: '<img src=x onerror=alert(1)> javascript:alert(2)',
    },
    below: [
      sql('postgresql', 'INSERT payment_intent', begin + 184 * ms, 15.2 * ms),
      {
        service: 'acme-pay',
        operation: 'POST /v1/charges',
        kind: 'rpc',
        start: begin + 200 * ms,
        total: first,
        ...(failed ? { error: '504' } : {}),
        attributes: { 'http.request.method': 'POST', 'server.address': 'api.acme.example' },
      },
      {
        service: 'acme-pay',
        operation: 'POST /v1/charges',
        kind: 'rpc',
        start: second,
        total: 436 * ms,
        attributes: { 'http.request.method': 'POST', 'retry.count': 1 },
      },
      sql('postgresql', 'UPDATE payment_intent', second + 440 * ms, 15.9 * ms),
    ],
  };
  const whole = payment.start + payment.total + 70 * ms;
  return {
    service: 'web-frontend',
    operation: 'POST /checkout',
    kind: 'rpc',
    start: 0,
    total: whole,
    attributes: { 'http.request.method': 'POST', 'http.route': '/checkout', environment: 'prod' },
    below: [
      {
        service: 'api-gateway',
        operation: 'POST /api/checkout',
        kind: 'rpc',
        start: 5 * ms,
        total: whole - 9 * ms,
        network: [3 * ms, 2 * ms],
        below: [
          {
            service: 'redis',
            operation: 'GET session',
            kind: 'database',
            start: 9 * ms,
            total: 1.2 * ms,
          },
          {
            service: 'orders',
            operation: 'POST /orders',
            kind: 'rpc',
            start: 12 * ms,
            total: whole - 20 * ms,
            network: [2 * ms, 2 * ms],
            below: [
              {
                service: 'users',
                operation: 'GET /users/{id}',
                kind: 'rpc',
                start: 18 * ms,
                total: 24.9 * ms,
                network: [2 * ms, 1.8 * ms],
                below: [sql('postgresql', 'SELECT users', 22 * ms, 16.4 * ms)],
              },
              {
                service: 'pricing',
                operation: 'GET /quote',
                kind: 'rpc',
                start: 46 * ms,
                total: 84.3 * ms,
                network: [2.4 * ms, 2.4 * ms],
                below: [
                  {
                    service: 'redis',
                    operation: 'MGET price:*',
                    kind: 'database',
                    start: 52 * ms,
                    total: 2.8 * ms,
                  },
                ],
              },
              {
                service: 'inventory',
                operation: 'POST /reserve',
                kind: 'rpc',
                start: 46 * ms,
                total: 355 * ms,
                network: [3 * ms, 2 * ms],
                below: [
                  ...Array.from({ length: 24 }, (_, item) =>
                    sql('postgresql', 'SELECT stock', (52 + item * 13.4) * ms, 13 * ms),
                  ),
                  {
                    service: 'redis',
                    operation: 'SETEX reservation',
                    kind: 'database',
                    start: 376 * ms,
                    total: 1.6 * ms,
                  },
                  sql('postgresql', 'UPDATE stock', 379 * ms, 17.1 * ms),
                ],
              },
              payment,
              sql(
                'postgresql',
                'INSERT orders',
                payment.start + payment.total + 10 * ms,
                19.4 * ms,
              ),
              {
                service: 'email',
                operation: 'orders.created process',
                kind: 'messaging',
                start: whole - 48 * ms,
                total: 46 * ms,
                network: [17 * ms, 0],
              },
            ],
          },
          {
            service: 'api-gateway',
            operation: 'render',
            kind: 'local',
            start: whole - 8 * ms,
            total: 2 * ms,
          },
        ],
      },
    ],
  };
}

/** A trace of about this many hops: deep, wide, and with errors here and there. */
export function large(hops: number): Call {
  const services = ['gateway', 'orders', 'users', 'stock', 'billing', 'mail', 'search', 'audit'];
  const root: Call = {
    service: 'batch',
    operation: 'run nightly',
    kind: 'rpc',
    start: 0,
    total: hops * 100,
    below: [],
  };
  let made = 1;
  for (let group = 0; made < hops; group++) {
    let parent = root;
    const start = made * 100;
    for (let depth = 0; depth < 6 && made < hops; depth++) {
      const call: Call = {
        service: services[(group + depth) % services.length]!,
        operation: `step ${depth}`,
        kind: 'rpc',
        start: start + depth * 10,
        total: 1500 - depth * 40,
        network: [4, 4],
        attributes: { 'item.number': made, 'http.route': `/items/{id}/step/${depth}` },
        below: [],
      };
      if (made % 997 === 0) call.error = '500';
      parent.below!.push(call);
      made++;
      for (let leaf = 0; leaf < 2 && made < hops; leaf++, made++) {
        call.below!.push({
          service: 'postgresql',
          operation: 'SELECT item',
          kind: 'database',
          start: call.start + 20 + leaf * 100,
          total: 90,
        });
      }
      parent = call;
    }
  }
  return root;
}
