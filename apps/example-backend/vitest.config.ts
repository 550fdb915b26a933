import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'example-backend',
    include: ['test/**/*.test.ts'],
    // A bound for what hangs, not a measure: machines are slow at times.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
