// A service of the shop: /orders asks the services in NEXT, /stock asks a database.
const express = require('express');
const { Annotation, BatchRecorder, Tracer, jsonEncoder } = require('zipkin');
const CLSContext = require('zipkin-context-cls');
const { expressMiddleware } = require('zipkin-instrumentation-express');
const wrapFetch = require('zipkin-instrumentation-fetch');
const { HttpLogger } = require('zipkin-transport-http');

const { SERVICE, PORT, NEXT = '', HOPLINE = 'http://127.0.0.1:9411' } = process.env;
const logger = new HttpLogger({
  endpoint: `${HOPLINE}/api/v2/spans`,
  jsonEncoder: jsonEncoder.JSON_V2, // else it writes the v1 format, which belongs to /api/v1/spans
});
const tracer = new Tracer({
  ctxImpl: new CLSContext('zipkin', true), // true: the trace follows async functions
  recorder: new BatchRecorder({ logger }),
  localServiceName: SERVICE,
  traceId128Bit: true,
});
const tracedFetch = wrapFetch(fetch, { tracer });

const app = express();
app.use(expressMiddleware({ tracer, port: Number(PORT) }));
app.use((request, response, next) => {
  tracer.recordBinary('x-request-id', request.get('X-Request-ID') ?? '');
  next();
});

app.get('/orders', async (request, response) => {
  for (const url of NEXT.split(' ').filter(Boolean)) {
    await tracedFetch(url, { headers: { 'X-Request-ID': request.get('X-Request-ID') ?? '' } });
  }
  response.json({ ordered: true });
});

app.get('/stock', async (request, response) => {
  await tracer.scoped(async () => {
    tracer.setId(tracer.createChildId());
    tracer.recordServiceName(SERVICE);
    tracer.recordRpc('SELECT stock');
    tracer.recordAnnotation(new Annotation.ClientSend());
    tracer.recordAnnotation(new Annotation.ServerAddr({ serviceName: 'postgresql' }));
    tracer.recordBinary('db.system.name', 'postgresql'); // says that this is a database
    await new Promise((done) => setTimeout(done, 20)); // where the database would be
    tracer.recordAnnotation(new Annotation.ClientRecv());
  });
  response.json({ left: 3 });
});

app.listen(Number(PORT), '127.0.0.1');

// It sends once a second; what it holds at the end goes with this call.
process.on('SIGTERM', () => {
  logger.on('success', () => process.exit());
  logger.on('error', () => process.exit(1));
  if (logger.queue.length === 0) process.exit();
  logger.processQueue(fetch);
});
