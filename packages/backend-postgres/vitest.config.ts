import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: 'backend-postgres', include: ['test/**/*.test.ts'] } })
