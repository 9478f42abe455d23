// Zipkin's own page, Lens, as its server ships it: unchanged, but with Hopline behind it. And that server.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { unzipSync } from 'fflate';
import { vi } from 'vitest';
import { type Front, forward, serve } from './front.ts';

/** Lens' files, and for the rest of what it asks, the server behind. */
export async function serveLens(jar: string, behind: string): Promise<Front> {
  const files = await filesOfLens(jar);
  return serve((asked, answer) => {
    const { pathname } = new URL(asked.url ?? '/', behind);
    if (pathname.startsWith('/zipkin/api/') || pathname === '/zipkin/config.json')
      return forward(asked, answer, behind);
    const name = PAGES.test(pathname) ? 'index.html' : pathname.replace('/zipkin/', '');
    const file = files[`zipkin-lens/${name}`];
    const type = TYPES[extname(name)];
    if (!file || !type) return answer.writeHead(404).end();
    answer.writeHead(200, { 'Content-Type': type }).end(file);
  });
}

/** The jar of the server holds the jar of Lens. */
async function filesOfLens(jar: string): Promise<Record<string, Uint8Array>> {
  const isLens = ({ name }: { name: string }) => /^BOOT-INF\/lib\/zipkin-lens-.*\.jar$/.test(name);
  const [lens] = Object.values(unzipSync(await readFile(jar), { filter: isLens }));
  if (!lens) throw new Error(`${jar} holds no zipkin-lens`);
  return unzipSync(lens);
}

/** The addresses that Lens draws, as Zipkin's server knows them. */
const PAGES = /^\/zipkin\/(|index\.html|traces\/[^/]+|dependency|traceViewer)$/;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

export async function startZipkin(
  jar: string,
  variables: Readonly<Record<string, string>>,
): Promise<Front> {
  // It takes no port 0: one that was just free.
  const place = await serve(() => undefined);
  const { port } = new URL(place.url);
  await place.stop();
  const child = spawn('java', ['-Xmx512m', '-jar', jar], {
    stdio: 'ignore',
    env: { ...process.env, ...variables, QUERY_PORT: port },
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(String(error)));
    child.on('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`));
  });
  const healthy = async () => {
    if (!(await fetch(`${place.url}/health`)).ok) throw new Error('it was not healthy in time');
  };
  const failure = await Promise.race([
    ended,
    vi.waitFor(healthy, { timeout: 100_000, interval: 100 }).catch(String),
  ]);
  if (failure) {
    child.kill('SIGKILL');
    throw new Error(`the real Zipkin server did not start: ${failure}`);
  }
  return {
    url: place.url,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
