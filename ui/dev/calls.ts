// Made-up calls, and the answers the collector would give about them: for developing without a collector.

export interface Call {
  service: string;
  operation: string;
  kind: 'rpc' | 'messaging' | 'database' | 'local';
  /** Microseconds since the trace's start, as the caller saw it. */
  start: number;
  total: number;
  /** Microseconds on the way in and back; absent when the called side sent no span. */
  network?: [number, number];
  error?: string;
  attributes?: Record<string, string | number>;
  below?: Call[];
}

interface Answer {
  spans: unknown[];
  hops: Record<string, unknown>[];
  path: Record<string, unknown>[];
}

/** The answer of api/hopline/traces/{id} for a tree of calls. */
export function traceAnswer(id: string, startMillis: number, root: Call) {
  const answer: Answer = { spans: [], hops: [], path: [] };
  const origin = BigInt(Math.round(startMillis * 1000)) * 1000n;
  const nanos = (micros: number) => String(origin + BigInt(Math.round(micros * 1000)));
  const critical = criticalParts(root);
  const stack: {
    call: Call;
    parent: number | null;
    depth: number;
    caller: Call | null;
    callerSpan: string | null;
  }[] = [{ call: root, parent: null, depth: 0, caller: null, callerSpan: null }];
  const indexOf = new Map<Call, number>();
  while (stack.length > 0) {
    const { call, parent, depth, caller, callerSpan } = stack.pop()!;
    const index = answer.hops.length;
    const add = (
      kind: string,
      service: string,
      start: number,
      duration: number,
      parentSpanId: string | null,
    ) => {
      const spanId = (answer.spans.length + 1).toString(16).padStart(16, '0');
      answer.spans.push({
        spanId,
        parentSpanId,
        kind,
        service,
        operation: call.operation,
        startTimeUnixNano: nanos(start),
        durationNano: Math.round(duration * 1000),
        error: call.error !== undefined,
        statusCode: call.error ? 'ERROR' : 'UNSET',
        statusMessage: null,
        shared: false,
        debug: false,
        localEndpoint: { serviceName: service, ipv4: '10.2.0.7', ipv6: null, port: null },
        remoteEndpoint:
          kind === 'CLIENT'
            ? { serviceName: call.service, ipv4: null, ipv6: null, port: null }
            : null,
        attributes: Object.entries({
          ...call.attributes,
          ...(call.error ? { 'http.response.status_code': call.error } : {}),
        }).map(([key, value]) => ({ key, value })),
        events:
          call.error && kind === 'CLIENT'
            ? [{ timeUnixNano: nanos(start + duration * 0.9), name: 'timeout', attributes: [] }]
            : [],
        links: [],
        resource: [{ key: 'service.version', value: '2026.3.13-1' }],
        scope: { name: 'shop', version: '1' },
      });
      return { service, operation: call.operation, spanId, spanIndex: answer.spans.length - 1 };
    };
    const isRoot = caller === null;
    const [way, back] = call.network ?? [0, 0];
    const hasServer = isRoot || call.network !== undefined;
    const client =
      isRoot || call.kind === 'local'
        ? null
        : add(
            call.kind === 'messaging' ? 'PRODUCER' : 'CLIENT',
            caller.service,
            call.start,
            call.kind === 'messaging' ? Math.min(6000, call.total) : call.total,
            callerSpan,
          );
    const server = call.total - way - back;
    const callee =
      hasServer || call.kind === 'local'
        ? add(
            call.kind === 'local' ? 'INTERNAL' : call.kind === 'messaging' ? 'CONSUMER' : 'SERVER',
            call.service,
            call.start + way,
            server,
            client?.spanId ?? callerSpan,
          )
        : { service: call.service, operation: call.operation, spanId: null, spanIndex: null };
    const self = server - unionOf(call.below ?? [], call.start + way, call.start + way + server);
    indexOf.set(call, index);
    answer.hops.push({
      index,
      parent,
      depth,
      caller: client,
      callee,
      kind: call.kind,
      protocol: call.kind === 'database' ? 'sql' : call.kind === 'rpc' ? 'http' : null,
      startTimeUnixNano: nanos(call.start),
      clientDurationNano: client
        ? Math.round((call.kind === 'messaging' ? Math.min(6000, call.total) : call.total) * 1000)
        : null,
      serverDurationNano: hasServer || call.kind === 'local' ? Math.round(server * 1000) : null,
      networkDurationNano: client && hasServer ? Math.round((way + back) * 1000) : null,
      selfDurationNano: hasServer || call.kind === 'local' ? Math.round(self * 1000) : null,
      criticalDurationNano: 0,
      error: call.error !== undefined,
      errorText: call.error ?? null,
      notes: client && !hasServer ? ['client only'] : !client ? ['server only'] : [],
    });
    for (const child of [...(call.below ?? [])].reverse()) {
      stack.push({
        call: child,
        parent: index,
        depth: depth + 1,
        caller: call,
        callerSpan: callee.spanId ?? client?.spanId ?? null,
      });
    }
  }
  for (const part of critical.sort((a, b) => a.start - b.start)) {
    const hop = answer.hops[indexOf.get(part.call)!]!;
    const end = (hop['callee'] ?? hop['caller']) as {
      spanId: string | null;
      spanIndex: number | null;
    };
    const other = hop['caller'] as typeof end | null;
    hop['criticalDurationNano'] =
      (hop['criticalDurationNano'] as number) + Math.round((part.end - part.start) * 1000);
    answer.path.push({
      spanId: end.spanId ?? other?.spanId,
      spanIndex: end.spanIndex ?? other?.spanIndex,
      service: part.call.service,
      operation: part.call.operation,
      startTimeUnixNano: nanos(part.start),
      durationNano: Math.round((part.end - part.start) * 1000),
      part: 'self',
    });
  }
  const services = new Map<string, { name: string; spanCount: number; errorCount: number }>();
  for (const hop of answer.hops) {
    const name = (hop['callee'] as { service: string }).service;
    const service = services.get(name) ?? { name, spanCount: 0, errorCount: 0 };
    service.spanCount++;
    if (hop['error']) service.errorCount++;
    services.set(name, service);
  }
  return {
    traceId: id,
    startTimeUnixNano: String(origin),
    durationNano: Math.round(root.total * 1000),
    root: { service: root.service, operation: root.operation },
    spanCount: answer.spans.length,
    hopCount: answer.hops.length,
    errorCount: answer.hops.filter((hop) => hop['error']).length,
    services: [...services.values()],
    complete: true,
    missingParents: 0,
    truncated: false,
    clockSkew: [{ service: 'payment', host: '10.2.0.9', offsetNano: -1_800_000, confidence: 0.93 }],
    hops: answer.hops,
    criticalPath: answer.path,
    spans: answer.spans,
  };
}

/** Walks back from each end to the child that ended last before it. */
function criticalParts(root: Call): { call: Call; start: number; end: number }[] {
  const parts: { call: Call; start: number; end: number }[] = [];
  const work: { call: Call; start: number; end: number }[] = [
    { call: root, start: 0, end: root.total },
  ];
  while (work.length > 0) {
    const { call, start, end } = work.pop()!;
    let at = end;
    const children = [...(call.below ?? [])]
      .filter((child) => child.kind !== 'messaging')
      .sort((a, b) => b.start + b.total - (a.start + a.total));
    for (const child of children) {
      const childEnd = child.start + child.total;
      if (childEnd > at + 1e-6) continue;
      if (at > childEnd) parts.push({ call, start: childEnd, end: at });
      work.push({ call: child, start: child.start, end: childEnd });
      at = child.start;
    }
    if (at > start) parts.push({ call, start, end: at });
  }
  return parts;
}

function unionOf(calls: readonly Call[], from: number, to: number): number {
  let covered = 0;
  let at = from;
  for (const call of [...calls].sort((a, b) => a.start - b.start)) {
    const waited = call.kind === 'messaging' ? Math.min(6000, call.total) : call.total;
    const start = Math.max(at, call.start);
    const end = Math.min(to, call.start + waited);
    if (end > start) {
      covered += end - start;
      at = end;
    }
  }
  return covered;
}
