// Serves the page on PORT, and passes /orders on to NEXT as a reverse proxy does; without one it answers itself.
// It knows nothing of tracing.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const { PORT = 0, NEXT, HOPLINE = 'http://127.0.0.1:9411' } = process.env;

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://page');
  if (pathname === '/orders') {
    const { host, connection, ...headers } = request.headers;
    const answer = NEXT ? await fetch(NEXT, { headers }) : new Response('{"ordered": true}');
    response.writeHead(answer.status).end(await answer.text());
  } else if (pathname === '/page.js') {
    response.setHeader('Content-Type', 'text/javascript');
    response.end(await readFile(new URL('dist/page.js', import.meta.url)));
  } else {
    const page = await readFile(new URL('index.html', import.meta.url), 'utf8');
    response.setHeader('Content-Type', 'text/html');
    response.end(page.replace('http://127.0.0.1:9411', HOPLINE));
  }
});

export const address = new Promise((listens) => {
  server.listen(Number(PORT), '127.0.0.1', () => listens(`http://127.0.0.1:${server.address().port}`));
});
