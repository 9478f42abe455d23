// The real binary on a free port and an empty folder; spans go in as any sender would send them.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Hopline {
  url: string;
  /** `sender` is what the program calls itself. */
  zipkin: (spans: unknown, sender?: string) => Promise<void>;
  otlp: (request: unknown) => Promise<void>;
  ask: (path: string) => Promise<unknown>;
  /** Asks it to end, and fails unless it ends well. */
  stop: () => Promise<void>;
}

/** What it starts with, beside its doors and its folder. */
export interface StartedWith {
  flags?: readonly string[];
  variables?: Readonly<Record<string, string>>;
}

export async function startHopline({ flags = [], variables }: StartedWith = {}): Promise<Hopline> {
  const folder = await mkdtemp(join(tmpdir(), 'hopline-e2e-'));
  const doors = ['--listen', '127.0.0.1:0'];
  const closed = ['--otlp-http-listen', 'off', '--otlp-grpc-listen', 'off'];
  const child = spawn(binary(), [...doors, ...closed, '--data-dir', folder, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...withoutSettings(process.env), ...variables },
  });
  const ended = new Promise<string>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  const said: string[] = [];
  const url = await readyAddress(child, said).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  let running = true;
  return {
    url,
    zipkin: (spans, sender) => post(`${url}/api/v2/spans`, spans, sender),
    otlp: (request) => post(`${url}/v1/traces`, request),
    ask: async (path) => (await accepted(await fetch(url + path))).json(),
    stop: async () => {
      if (!running) return;
      running = false;
      const early = child.exitCode !== null || child.signalCode !== null;
      child.kill('SIGTERM');
      const outcome = await ended;
      await rm(folder, { recursive: true, force: true });
      if (early || outcome !== 'exit 0') {
        const how = early
          ? `ended before it was asked to, with ${outcome}`
          : `ended with ${outcome}`;
        throw new Error(`hopline ${how}:\n${said.slice(-20).join('\n')}`);
      }
    },
  };
}

function binary(): string {
  const path = process.env['HOPLINE_BINARY'];
  if (path && existsSync(path)) return path;
  throw new Error(
    `${path ? `there is no file ${path}` : 'HOPLINE_BINARY is not set'}: build the server with ` +
      '"cargo build -p collector" and set HOPLINE_BINARY to the path of target/debug/hopline',
  );
}

/** Settings of whoever runs the tests are not the tests' settings. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HOPLINE_')));
}

function readyAddress(child: ChildProcess, said: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`hopline did not start:\n${said.join('\n')}`)));
    if (!child.stderr) return;
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      const address = /hopline is ready.*\bhttp=(http:\/\/\S+)/.exec(line)?.[1];
      if (address) resolve(address.replace(/\/$/, ''));
    });
  });
}

export async function post(url: string, body: unknown, sender?: string): Promise<void> {
  await accepted(
    await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(sender && { 'User-Agent': sender }) },
      body: JSON.stringify(body),
    }),
  );
}

async function accepted(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  return response;
}
