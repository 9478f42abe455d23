// A collector of make-believe inside the development server: `npm run dev:fixtures`. It begins empty, and fills at the first post.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { type Call, traceAnswer } from './calls.ts';
import { loadsAnswer } from './loads.ts';
import { checkout, large } from './shop.ts';
import { told, whyAnswer } from './told.ts';

type Answer = { status: number; body: unknown };

export function fixtureServer(): Plugin {
  const started = Date.now();
  let filled = process.env.HOPLINE_FIXTURES !== 'empty';
  const answer = (url: URL, method: string): Answer | null => {
    if (method === 'POST') {
      filled = true;
      return { status: 202, body: {} };
    }
    const trace = /^\/api\/(?:hopline\/traces|v2\/trace)\/([^/]+)(\/why)?$/.exec(url.pathname);
    switch (url.pathname) {
      case '/api/v2/services':
        return ok(
          filled
            ? [
                'acme-pay',
                'api-gateway',
                'email',
                'inventory',
                'orders',
                'payment',
                'postgresql',
                'pricing',
                'redis',
                'users',
                'web-frontend',
              ]
            : [],
        );
      case '/api/v2/spans':
        return ok(['post /charge', 'post /checkout', 'get /quote']);
      case '/api/hopline/search':
        return ok(search(url.searchParams, started));
      case '/api/hopline/search/overview':
        return ok(overview(search(url.searchParams, started)));
      case '/api/hopline/lookup':
        return lookup(url.searchParams.get('q') ?? '', started);
    }
    const loads = loadsAnswer(url);
    if (loads) return ok(loads);
    if (!trace) return null;
    const id = trace[1] ?? '';
    if (id === 'absent')
      return {
        status: 404,
        body: { error: 'no trace with this id', hint: 'it may not have arrived yet' },
      };
    const big = /^large(\d+)$/.exec(id);
    const at = started - 240_000;
    const call = big ? large(Number(big[1])) : checkout(1, true);
    const answered = told(traceAnswer(id, at, call));
    return ok(trace[2] ? whyAnswer(answered) : answered);
  };
  const serve = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const url = new URL(request.url ?? '/', 'http://fixtures');
    if (!/^\/(api|v1)\//.test(url.pathname)) return next();
    const found = answer(url, request.method ?? 'GET') ?? {
      status: 404,
      body: { error: 'no such path', hint: null },
    };
    response.statusCode = found.status;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(found.body));
  };
  return {
    name: 'hopline-fixtures',
    configureServer: (server) => void server.middlewares.use(serve),
    configurePreviewServer: (server) => {
      // The policy that the binary serves the window with.
      server.middlewares.use((_request, response, next) => {
        response.setHeader('Content-Security-Policy', POLICY);
        next();
      });
      server.middlewares.use(serve);
    },
  };
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

function ok(body: unknown): Answer {
  return { status: 200, body };
}

const ROOTS = [
  ['web-frontend', 'POST /checkout'],
  ['mobile-bff', 'POST /orders'],
  ['web-frontend', 'POST /cart/gift'],
  ['billing', 'renew.daily'],
] as const;

function search(params: URLSearchParams, started: number) {
  const limit = Number(params.get('limit') ?? 20);
  const from = Number(params.get('from'));
  const to = Number(params.get('to'));
  if (params.get('tag') === 'nothing')
    return { traces: [], truncated: false, searched: { from, to } };
  const traces = Array.from({ length: Math.min(limit, 400) }, (_, index) => {
    // Any fixed spread will do; it must only look like traffic and be the same each time.
    const noise = Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1;
    const failed = index % 11 === 0;
    const call: Call = checkout(failed ? 1.2 : 0.1 + noise * 0.3, failed);
    const total = Math.round(call.total * 1000 * (failed ? 1 : 0.1 + noise));
    const [service, operation] =
      ROOTS[index % 7 === 1 ? 1 : index % 13 === 3 ? 2 : index % 17 === 5 ? 3 : 0]!;
    return {
      traceId: (index + 0x9f2c4e81a07b).toString(16).padStart(32, '0'),
      startTimeUnixNano: `${to - Math.round((index * (to - from)) / Math.min(limit, 400)) - 2000}000000`,
      durationNano: total,
      root: { service, operation },
      spanCount: 51 - (index % 9),
      errorCount: failed ? 1 : 0,
      services: [
        'web-frontend',
        'api-gateway',
        'orders',
        'payment',
        'inventory',
        'postgresql',
        'redis',
        'users',
        'acme-pay',
        'email',
      ]
        .slice(0, 4 + (index % 7))
        .map((name, place) => ({ name, spanCount: 3 + ((place * 7) % 29), errorCount: 0 })),
      criticalByService: [
        { service: 'acme-pay', durationNano: total * 0.5 },
        { service: 'postgresql', durationNano: total * 0.2 },
        { service: 'payment', durationNano: total * 0.18 },
        { service: 'orders', durationNano: total * 0.12 },
      ].map((part) => ({ ...part, durationNano: Math.round(part.durationNano) })),
      errorOrigin: failed ? { service: 'acme-pay', text: '504 timeout' } : null,
    };
  });
  return { traces, truncated: limit < 400, searched: { from, to: Math.max(to, started) } };
}

/** What the made-up traces are like together; of groups and tags it knows nothing. */
function overview({ traces, truncated, searched }: ReturnType<typeof search>) {
  const lengths = traces.map((trace) => trace.durationNano).sort((a, b) => a - b);
  const rank = (share: number) => lengths[Math.ceil(lengths.length * share) - 1] ?? null;
  return {
    count: traces.length,
    errorCount: traces.filter((trace) => trace.errorCount > 0).length,
    truncated,
    searched,
    durations: { p50Nano: rank(0.5), p99Nano: rank(0.99), maxNano: rank(1) },
    histogram: [],
    points: traces,
    services: [],
    operations: [],
    errorOrigins: [],
    tags: [],
  };
}

function lookup(asked: string, started: number): Answer {
  if (asked.length < 4)
    return {
      status: 400,
      body: {
        error: 'too short to be an id',
        hint: 'paste a trace id, a request id or a log line',
      },
    };
  const match = {
    traceId: '00000000000000000000009f2c4e81a07b'.slice(2),
    spanId: null as string | null,
    readAs: 'trace id',
    key: null as string | null,
    service: 'web-frontend',
    operation: 'POST /checkout',
    startTimeUnixNano: `${started - 240_000}000000`,
    durationNano: 2_410_000_000,
    error: true,
  };
  const matches = asked.includes('nothing')
    ? []
    : asked.length < 36
      ? [match]
      : [
          {
            ...match,
            spanId: '000000000000001c',
            readAs: 'trace-span pair',
            service: 'payment',
            operation: 'POST /charge',
            durationNano: 1_920_000_000,
            error: false,
          },
          { ...match, readAs: 'request id', key: 'x-request-id' },
        ];
  return ok({
    query: asked,
    searched: { from: started - 7 * 86_400_000, to: started },
    truncated: false,
    matches,
  });
}
