// How the window is built, served while developing, and tested.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { fixtureServer } from './dev/fixture-server.ts';

const collector = process.env.HOPLINE_ADDRESS ?? 'http://127.0.0.1:9411';

export default defineConfig(({ mode }) => ({
  // Relative, so that one build works below any base path.
  base: './',
  plugins: [react(), ...(mode === 'fixtures' ? [fixtureServer()] : [])],
  server: {
    proxy: mode === 'fixtures' ? {} : { '/api': collector, '/v1': collector },
  },
  build: {
    target: 'es2023',
    // light-dark() is used as written; lowering it would double every token.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Everything stays a file: data: URLs would need a weaker content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  test: { include: ['src/**/*.test.ts', 'dev/**/*.test.ts'] },
}));
