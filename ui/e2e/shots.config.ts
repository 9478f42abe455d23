// The pictures of every page: `npm run shots` writes them to shots/.
import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['e2e/shots.ts'], testTimeout: 180_000, reporters: ['default'] },
});
