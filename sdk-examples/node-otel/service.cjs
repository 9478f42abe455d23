// A service of the shop: /orders asks the services in NEXT, /stock asks a database.
const { SpanKind, trace } = require('@opentelemetry/api');
const express = require('express');

const app = express();

app.get('/orders', async (request, response) => {
  for (const url of (process.env.NEXT ?? '').split(' ').filter(Boolean)) {
    const answer = await fetch(url, { headers: { 'X-Request-ID': request.get('X-Request-ID') ?? '' } });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    await answer.json(); // the call ends with its body: before the next one begins
  }
  response.json({ ordered: true });
});

app.get('/stock', async (request, response) => {
  const attributes = { 'db.system.name': 'postgresql', 'db.namespace': 'stock' };
  const query = trace.getTracer('shop').startSpan('SELECT stock', { kind: SpanKind.CLIENT, attributes });
  await new Promise((done) => setTimeout(done, 20)); // where the database would be
  query.end();
  response.json({ left: 3 });
});

app.listen(Number(process.env.PORT), '127.0.0.1');
