// A page of the shop: a press on the button is a trace that begins in the browser.
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';

const hopline = document.querySelector('meta[name=hopline]').content;
const exporter = new OTLPTraceExporter({ url: `${hopline}/v1/traces` });
const provider = new WebTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'page' }),
  // What waits is sent each second, and when the page is left.
  spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1000 })],
});
provider.register();
// A span for each fetch, and `traceparent` in its headers: to the page's own origin, and to those that are
// listed in propagateTraceHeaderCorsUrls.
registerInstrumentations({ instrumentations: [new FetchInstrumentation()] });

document.querySelector('button').addEventListener('click', () => {
  const requestId = new URLSearchParams(location.search).get('request') ?? `req-${crypto.randomUUID()}`;
  const attributes = { 'x-request-id': requestId };
  trace.getTracer('shop').startActiveSpan('press Order', { attributes }, async (span) => {
    const answer = await fetch('/orders', { headers: { 'X-Request-ID': requestId } });
    const { ordered } = await answer.json();
    document.querySelector('output').textContent = `${ordered ? 'ordered' : 'failed'}: ${requestId}`;
    span.end();
  });
});
