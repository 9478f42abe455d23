// The made-up shop's services and calls, as the collector would answer them: for developing, and for tests without an hour of traffic.

/** caller, callee, kind, calls a minute, share of errors before and after, p99 in ms before and after. */
const CALLS = [
  ['web-frontend', 'api-gateway', 'rpc', 108, 0.4, 2.6, 900, 2400],
  ['mobile-bff', 'api-gateway', 'rpc', 49, 0.2, 0.2, 800, 900],
  ['api-gateway', 'orders', 'rpc', 31, 0.9, 8.1, 980, 2900],
  ['api-gateway', 'users', 'rpc', 127, 0, 0, 33, 33],
  ['api-gateway', 'payment', 'rpc', 1.8, 0, 0, 402, 402],
  ['api-gateway', 'redis', 'database', 60, 0, 0, 4, 4],
  ['orders', 'pricing', 'rpc', 29, 0, 0, 92, 92],
  ['orders', 'inventory', 'rpc', 29, 0.1, 0.1, 120, 362],
  ['orders', 'payment', 'rpc', 19.4, 1.1, 13.1, 980, 2870],
  ['orders', 'users', 'rpc', 31, 0, 0, 25, 25],
  ['orders', 'kafka', 'messaging', 21, 0, 0, 8, 8],
  ['orders', 'postgresql', 'database', 62, 0, 0, 20, 20],
  ['pricing', 'redis', 'database', 87, 0, 0, 4, 4],
  ['inventory', 'redis', 'database', 29, 0, 0, 4, 4],
  ['inventory', 'postgresql', 'database', 140, 0, 0, 24, 24],
  ['users', 'postgresql', 'database', 127, 0, 0, 16, 16],
  ['payment', 'acme-pay', 'rpc', 22.4, 1.1, 10.4, 700, 2360],
  ['payment', 'postgresql', 'database', 64, 0, 0, 22, 22],
  ['billing', 'payment', 'rpc', 0.2, 0, 50, 300, 1310],
  ['billing', 'kafka', 'messaging', 0.2, 0, 0, 8, 8],
  ['kafka', 'email', 'messaging', 21, 0, 0, 64, 64],
  ['kafka', 'shipping', 'messaging', 21, 0, 0, 71, 71],
  ['shipping', 'postgresql', 'database', 42, 0, 0, 22, 22],
] as const;

const VIRTUAL: Record<string, string> = {
  redis: 'database',
  postgresql: 'database',
  kafka: 'messaging',
  'acme-pay': 'external',
};
const OPERATIONS = ['POST /charge', 'POST /refund', 'GET /methods/{user}', 'renew.daily process'];
const POINTS = 60;

interface Window {
  from: number;
  to: number;
}

/** The answer of one of the three addresses, or null for another. */
export function loadsAnswer(url: URL): unknown {
  const asked = (key: string) => Number(url.searchParams.get(key));
  const step = Math.max(1, Math.round((asked('to') - asked('from')) / POINTS));
  // Steps begin at multiples of their length, as the collector's do.
  const from = Math.floor(asked('from') / step) * step;
  const window = { from, to: from + POINTS * step };
  const base = { searched: { from, to: window.to - 1 }, stepMs: step, truncated: false };
  if (url.pathname.endsWith('/api/hopline/services')) {
    return { ...base, services: names().map((name) => serviceLoad(name, window)) };
  }
  if (url.pathname.endsWith('/api/hopline/dependencies')) {
    return {
      ...base,
      edges: CALLS.map((call) => edge(call, window)),
      services: names().map((service) => ({
        service,
        virtual: service in VIRTUAL,
        kind: VIRTUAL[service] ?? null,
      })),
    };
  }
  const one = /\/api\/hopline\/services\/([^/]+)$/.exec(url.pathname)?.[1];
  if (one === undefined) return null;
  const name = decodeURIComponent(one);
  const into = CALLS.filter(([, callee]) => callee === name);
  return {
    ...base,
    ...serviceLoad(name, window),
    operations: names().includes(name)
      ? OPERATIONS.map((operation, index) => ({
          operation,
          kind: index === 3 ? 'CONSUMER' : 'SERVER',
          ...load(
            21.4 / 8 ** index,
            index === 0 ? 1.1 : 0,
            index === 0 ? 13.1 : 0,
            980 / (index + 1),
            index === 0 ? 2870 : 980 / (index + 1),
            window,
            index + 1,
          ),
          exemplars: examples(operation, window, index === 0 ? 5 : 1),
        }))
      : [],
    edgesIn: into.map((call) => edge(call, window)),
    edgesOut: CALLS.filter(([caller]) => caller === name).map((call) => edge(call, window)),
  };
}

function names(): string[] {
  return [...new Set(CALLS.flatMap(([caller, callee]) => [caller, callee]))].sort();
}

function edge(call: (typeof CALLS)[number], window: Window) {
  const [caller, callee, kind, rate, before, after, p99Before, p99After] = call;
  return {
    caller,
    callee,
    kind,
    ...load(rate, before, after, p99Before, p99After, window, rate),
    exemplars: examples(`${caller}-${callee}`, window, 3),
  };
}

function serviceLoad(name: string, window: Window) {
  const into = CALLS.filter(([, callee]) => callee === name);
  const out = CALLS.filter(([caller]) => caller === name);
  const worst = [...(into.length > 0 ? into : out)].sort((a, b) => b[7] - a[7])[0] ?? CALLS[0];
  const rate = (into.length > 0 ? into : out).reduce((sum, call) => sum + call[3], 0);
  return {
    service: name,
    ...load(rate, worst[4], worst[5], worst[6], worst[7], window, name.length),
  };
}

/** The trouble began ten minutes before the end of an hour. */
function load(
  perMinute: number,
  errorsBefore: number,
  errorsAfter: number,
  p99Before: number,
  p99After: number,
  { from, to }: Window,
  seed: number,
) {
  const minutes = (to - from) / 60_000 / POINTS;
  const series = Array.from({ length: POINTS }, (_, index) => {
    const noise = Math.abs(Math.sin(index * 12.9898 + seed) * 43758.5453) % 1;
    const late = index >= 50;
    const requests = Math.round(
      perMinute * minutes * (0.9 + noise * 0.2) + (perMinute < 1 && index % 5 === 0 ? 1 : 0),
    );
    const p99 =
      requests > 0 ? Math.round((late ? p99After : p99Before) * (0.95 + noise * 0.1) * 1e6) : null;
    return {
      startMs: Math.round(from + ((to - from) * index) / POINTS),
      requests,
      errors: Math.round((requests * (late ? errorsAfter : errorsBefore)) / 100),
      p50Nano: p99 && Math.round(Math.min(p99, p99Before * 1e6) / 6),
      p90Nano: p99 && Math.round(p99 * 0.7),
      p99Nano: p99,
    };
  });
  const requests = series.reduce((sum, point) => sum + point.requests, 0);
  const errors = series.reduce((sum, point) => sum + point.errors, 0);
  const quantiles = (p99: number) => ({
    p50Nano: Math.round((p99Before * 1e6) / 6),
    p90Nano: Math.round(p99 * 0.7e6),
    p99Nano: Math.round(p99 * 1e6),
  });
  return {
    requests,
    errors,
    ...quantiles(p99After),
    before: {
      requests,
      errors: Math.round((requests * errorsBefore) / 100),
      ...quantiles(p99Before),
    },
    series,
  };
}

function examples(of: string, { to }: Window, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    traceId: [...of]
      .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 0xffffff, index + 7)
      .toString(16)
      .padStart(32, '9f2c4e81'),
    startTimeUnixNano: `${Math.round(to) - (index + 1) * 97_000}000000`,
    durationNano: 3_120_000_000 - index * 270_000_000,
    error: index % 2 === 0,
  }));
}
