// Loaded before the service (node --require), so that http, express and fetch are seen by it.
// Its name is OTEL_SERVICE_NAME, and it sends to OTEL_EXPORTER_OTLP_ENDPOINT.
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation({
      // The request id becomes a tag of the span, without a word in the service.
      headersToSpanAttributes: { server: { requestHeaders: ['x-request-id'] } },
      // What arrives is traced here, what leaves by fetch below; not how spans are sent.
      disableOutgoingRequestInstrumentation: true,
    }),
    // Gives the span its route, `GET /orders`; handlers without spans of their own keep the trace short.
    new ExpressInstrumentation({ ignoreLayersType: ['middleware', 'request_handler'] }),
    new UndiciInstrumentation(), // fetch
  ],
});
sdk.start();

// An orderly end sends what is still held.
process.on('SIGTERM', () => sdk.shutdown().finally(() => process.exit()));
