import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'backend-postgres',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/say-what-is-left-out.ts'],
    // Making an embedded database takes seconds on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
