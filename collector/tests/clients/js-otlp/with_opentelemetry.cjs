// with_opentelemetry.cjs URL grpc|http|proto gzip|plain: a gateway and an order service with the
// OpenTelemetry SDK for JavaScript; http is JSON. Prints the spans that it sent, as told in ../told.rs.
const api = require('@opentelemetry/api');
const { W3CTraceContextPropagator } = require('@opentelemetry/core');
const { defaultResource, resourceFromAttributes } = require('@opentelemetry/resources');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');

const { SpanKind, SpanStatusCode } = api;
const [url, transport, compression] = process.argv.slice(2);
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${transport}`);
const told = [];
// A partial success is only a warning to the exporters; here it is a failure.
api.diag.setLogger(
  { error: fail, warn: fail, info() {}, debug() {}, verbose() {} },
  api.DiagLogLevel.WARN,
);

function fail(...why) {
  console.error(...why);
  process.exit(1);
}

function provider(service) {
  const exporter = new OTLPTraceExporter({
    url: transport === 'grpc' ? url : `${url}/v1/traces`,
    compression: compression === 'gzip' ? 'gzip' : 'none',
  });
  const described = resourceFromAttributes({
    'service.name': service,
    'service.instance.id': 'one',
    'host.cores': 2,
    canary: true,
    zones: ['a', 'b'],
  });
  return new BasicTracerProvider({
    resource: defaultResource().merge(described),
    spanProcessors: [
      new BatchSpanProcessor({
        export(spans, done) {
          told.push(...spans.map(tell));
          exporter.export(spans, (result) => {
            if (result.code !== 0) {
              fail(result.error ?? 'the exporter says that it failed');
            }
            done(result);
          });
        },
        shutdown: () => exporter.shutdown(),
      }),
    ],
  });
}

function tell(span) {
  const context = span.spanContext();
  const nanoseconds = ([seconds, rest]) => String(BigInt(seconds) * 1000000000n + BigInt(rest));
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    traceState: context.traceState?.serialize() ?? '',
    name: span.name,
    kind: SpanKind[span.kind],
    start: nanoseconds(span.startTime),
    end: nanoseconds(span.endTime),
    attributes: span.attributes,
    events: span.events.map(({ name, time, attributes }) =>
      ({ name, time: nanoseconds(time), attributes: attributes ?? {} })),
    links: span.links.map((link) => ({
      traceId: link.context.traceId,
      spanId: link.context.spanId,
      attributes: link.attributes ?? {},
    })),
    statusCode: SpanStatusCode[span.status.code],
    statusMessage: span.status.message ?? '',
    resource: span.resource.attributes,
    scope: { ...span.instrumentationScope, attributes: {} }, // It has none.
  };
}

function start(provider, name, options, parent = api.ROOT_CONTEXT) {
  const span = provider.getTracer('shop', '1.2').startSpan(name, options, parent);
  return [span, api.trace.setSpan(parent, span)];
}

function shop(gateway, orders) {
  const [buy, inBuy] = start(gateway, 'GET /buy', {
    kind: SpanKind.SERVER,
    attributes: {
      'http.route': '/buy/\u00e4pfel \u{1f34e}',
      'http.response.status_code': 500,
      price: 12.25,
      retried: true,
      largest: 9007199254740991,
      below: -7,
      fruits: ['\u00e4pfel', '\uc0ac\uacfc'],
      numbers: [1, 2, 3],
      weights: [0.5, -1.5],
      flags: [true, false],
      nothing: '',
    },
  });
  const [price] = start(gateway, 'price', {}, inBuy);
  price.addEvent('\uac00\uaca9', { won: 1200 });
  price.recordException(new RangeError('no "price" \u2014 for \u{1f34e}'));
  price.end();
  const attributes = { 'server.address': 'orders', 'server.port': 9000 };
  const [call, inCall] = start(gateway, 'POST /orders', { kind: SpanKind.CLIENT, attributes }, inBuy);

  // What goes over the wire between two services.
  const w3c = new W3CTraceContextPropagator();
  const carrier = {};
  w3c.inject(inCall, carrier, api.defaultTextMapSetter);
  carrier.tracestate = 'shop=one,other=zwei';
  const there = w3c.extract(api.ROOT_CONTEXT, carrier, api.defaultTextMapGetter);
  const earlier = {
    traceId: '5af7183fb1d4cf5f352bff9a74ca9ad2',
    spanId: '352bff9a74ca9ad2',
    traceFlags: api.TraceFlags.SAMPLED,
  };
  const links = [{ context: earlier, attributes: { why: 'retry' } }];
  const [order, inOrder] = start(orders, 'POST /orders', { kind: SpanKind.SERVER, links }, there);
  for (const kind of [SpanKind.PRODUCER, SpanKind.CONSUMER]) {
    const [span] = start(orders, 'parcels', { kind }, inOrder);
    span.setStatus({ code: SpanStatusCode.OK });
    span.end();
  }
  order.setStatus({ code: SpanStatusCode.ERROR, message: 'sold out' });
  order.end();
  call.setStatus({ code: SpanStatusCode.ERROR, message: 'answered 500' });
  call.end();
  buy.end();
}

const providers = ['gateway', 'orders'].map(provider);
shop(...providers);
Promise.all(providers.map((provider) => provider.shutdown()))
  .then(() => console.log(JSON.stringify(told)), fail);
