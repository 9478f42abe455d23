// with_zipkin_js.cjs URL v1-json|v2-json [64|128]: a gateway calls an order service, a queue, and
// fails. Prints the spans as zipkin-js held them, in the words of Zipkin v2.
const {
  Annotation, BatchRecorder, ExplicitContext, InetAddress, Instrumentation, Tracer,
  jsonEncoder, option,
} = require('zipkin');
const { HttpLogger } = require('zipkin-transport-http');

const [url, encoding, width] = process.argv.slice(2);
const version = encoding.split('-')[0];
const logger = new HttpLogger({
  endpoint: `${url}/api/${version}/spans`,
  jsonEncoder: version === 'v1' ? jsonEncoder.JSON_V1 : jsonEncoder.JSON_V2,
  httpInterval: 50,
});
const reported = [];
const recorder = new BatchRecorder({
  logger: {
    logSpan(span) {
      reported.push(JSON.parse(jsonEncoder.JSON_V2.encode(span)));
      logger.logSpan(span);
    },
  },
});
const tracerOf = (localServiceName, ctxImpl) =>
  new Tracer({ ctxImpl, recorder, localServiceName, traceId128Bit: width === '128' });

const context = new ExplicitContext();
const gateway = tracerOf('Gateway', context);
const orders = tracerOf('orders', context);

context.scoped(() => {
  const server = new Instrumentation.HttpServer({ tracer: gateway, host: '10.0.0.1', port: 8080 });
  const id = server.recordRequest('GET', 'http://gateway/buy', () => option.None);
  gateway.recordBinary('fruit', '\u00e4pfel \u{1f34e}');
  gateway.recordMessage('cache missed');
  gateway.local('price', () => gateway.recordMessage('\uac00\uaca9'));

  const client = new Instrumentation.HttpClient({ tracer: gateway, remoteServiceName: 'Orders' });
  const request = client.recordRequest({ headers: {} }, 'http://orders/orders?n=1', 'POST');
  const call = gateway.id;
  // The other half has the caller's ids, so it is a shared span.
  const headers = new Map(Object.entries(request.headers));
  const callee = new Instrumentation.HttpServer({ tracer: orders, host: '10.0.0.2', port: 9000 });
  const called = callee.recordRequest('POST', 'http://orders/orders', (name) =>
    headers.has(name) ? new option.Some(headers.get(name)) : option.None);
  callee.recordResponse(called, 500);
  client.recordResponse(call, 500);

  gateway.setId(id);
  for (const [start, stop] of [['ProducerStart', 'ProducerStop'], ['ConsumerStart', 'ConsumerStop']]) {
    gateway.setId(gateway.createChildId(id));
    gateway.recordServiceName('gateway');
    gateway.recordRpc('send');
    gateway.recordAnnotation(new Annotation[start]());
    gateway.recordAnnotation(new Annotation.MessageAddr(
      { serviceName: 'queue', host: new InetAddress('10.0.0.3'), port: 5672 }));
    gateway.recordAnnotation(new Annotation[stop]());
  }
  server.recordResponse(id, 200);
});

// A trace that is debugged, of one span.
context.scoped(() => {
  gateway.setId(gateway.createRootId(new option.Some(true), true));
  gateway.recordServiceName('gateway');
  gateway.recordRpc('debugged');
  gateway.recordAnnotation(new Annotation.ServerRecv());
  gateway.recordAnnotation(new Annotation.ServerSend());
});

// Its own timers let a process end before it has reported.
const wait = setInterval(() => {}, 1000);
logger.on('error', (error) => { throw error; });
logger.on('success', () => {
  clearInterval(wait);
  console.log(JSON.stringify(reported));
});
