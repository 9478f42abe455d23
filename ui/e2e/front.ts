// A server of a test's own between the browser and Hopline: what it does not answer itself, it forwards.
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Front {
  url: string;
  stop: () => Promise<void>;
}

export type Answer = (asked: IncomingMessage, answer: ServerResponse) => void;

export async function serve(answer: Answer): Promise<Front> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As a reverse proxy does it: the same request to another server, at another path if one is named. */
export function forward(
  asked: IncomingMessage,
  answer: ServerResponse,
  to: string,
  path = asked.url ?? '/',
): void {
  const { hostname, port } = new URL(to);
  const { method, headers } = asked;
  const behind = request({ hostname, port, path, method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, response.headers);
    response.pipe(answer);
  });
  behind.on('error', (error) => {
    if (!answer.headersSent) answer.writeHead(502, { 'Content-Type': 'text/plain' });
    answer.end(String(error));
  });
  asked.pipe(behind);
}

export async function bodyOf(asked: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of asked) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
