import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: 'backend-file', include: ['test/**/*.test.ts'] } })
