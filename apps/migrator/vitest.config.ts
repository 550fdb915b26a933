import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: 'migrator', include: ['test/**/*.test.ts'] } })
