import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: 'retrieval', include: ['test/**/*.test.ts'] } })
