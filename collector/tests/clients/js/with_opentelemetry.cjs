// with_opentelemetry.cjs URL: a gateway with the OpenTelemetry SDK and its Zipkin exporter, which
// writes in chunks and times with fractions. Prints the spans that a Zipkin server should have.
const api = require('@opentelemetry/api');
const { ZipkinExporter } = require('@opentelemetry/exporter-zipkin');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');

const KINDS = [undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const [url] = process.argv.slice(2);
const exporter = new ZipkinExporter({ url: `${url}/api/v2/spans` });
const told = [];

function tell(span) {
  const microseconds = ([seconds, nanoseconds]) => seconds * 1e6 + nanoseconds / 1e3;
  const texts = (attributes) =>
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
  const tags = { ...texts(span.attributes), ...texts(span.resource.attributes) };
  if (span.status.code !== api.SpanStatusCode.UNSET) {
    tags['otel.status_code'] = api.SpanStatusCode[span.status.code];
  }
  if (span.status.message) {
    tags.error = span.status.message;
  }
  return {
    traceId: span.spanContext().traceId,
    parentId: span.parentSpanContext?.spanId,
    id: span.spanContext().spanId,
    kind: KINDS[span.kind],
    name: span.name,
    // The exporter cuts neither, the server does.
    timestamp: Math.trunc(microseconds(span.startTime)),
    duration: Math.round(microseconds(span.duration)),
    localEndpoint: { serviceName: span.resource.attributes['service.name'] },
    tags,
    annotations: span.events.map((event) =>
      ({ timestamp: Math.round(microseconds(event.time)), value: event.name })),
  };
}

const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'Gateway', 'service.instance.id': 'one' }),
  spanProcessors: [
    new BatchSpanProcessor({
      export(spans, done) {
        told.push(...spans.map(tell));
        exporter.export(spans, (result) => {
          if (result.code !== 0) {
            throw result.error ?? new Error('the exporter says that it failed');
          }
          done(result);
        });
      },
      shutdown: () => exporter.shutdown(),
    }),
  ],
});
const tracer = provider.getTracer('shop', '1.2');
const start = (name, options, parent) =>
  tracer.startSpan(name, options, parent && api.trace.setSpan(api.ROOT_CONTEXT, parent));
const server = start('GET /buy', {
  kind: api.SpanKind.SERVER,
  // Nanoseconds: the exporter sends 1795164009123456.8.
  startTime: [1795164009, 123456789],
  attributes: { 'http.route': '/buy/\u00e4pfel \u{1f34e}', 'http.response.status_code': 500 },
});
const local = start('price', {}, server);
local.addEvent('\uac00\uaca9', { won: 1200 });
local.end();
const client = start('POST', { kind: api.SpanKind.CLIENT }, server);
client.setAttribute('list', ['a', 'b']);
client.setAttribute('retried', true);
client.setStatus({ code: api.SpanStatusCode.ERROR, message: 'answered 500' });
client.end();
start('send', { kind: api.SpanKind.PRODUCER }, server).end();
server.end([1795164009, 133456999]);
provider.shutdown().then(() => console.log(JSON.stringify(told)));
