// The measurements of a large trace: `npm run speed`.
import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

export default defineConfig({
  ...tests,
  test: {
    ...tests.test,
    include: ['e2e/speed.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: ['default'],
  },
});
