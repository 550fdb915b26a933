import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'config',
    include: ['test/**/*.test.ts'],
    // Some tests start Node processes, two of them with an embedded database.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
