import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'migrator',
    include: ['test/**/*.test.ts'],
    // Many tests start the command line several times, some with an embedded database.
    testTimeout: 120_000,
  },
})
