import { defineConfig } from 'vitest/config'

const report = process.env.HOLDFAST_TEST_REPORT

export default defineConfig({
  test: {
    // The fault tests are most of the work, and wait for nothing but the processor.
    maxWorkers: '100%',
    projects: ['packages/*/vitest.config.ts', 'apps/*/vitest.config.ts'],
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
