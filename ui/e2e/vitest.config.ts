// The browser tests: real server, real Chromium, `npm run e2e`.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['e2e/*.test.ts'],
    // Each file has a server and a browser of its own.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000, interval: 25 } },
    reporters: ['default', fileURLToPath(new URL('closing-line.ts', import.meta.url))],
  },
});
