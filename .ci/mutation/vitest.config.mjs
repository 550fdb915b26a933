import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { file, start, end, text, tests } = JSON.parse(process.env.HOLDFAST_MUTANT)

/** Serves one source with a mutant in it; nothing is written. */
const mutant = {
  name: 'mutant',
  enforce: 'pre',
  load(id) {
    if (file === undefined || id !== `${root}${file}`) return undefined
    const source = readFileSync(id, 'utf8')
    return source.slice(0, start) + text + source.slice(end)
  },
}

export default defineConfig({
  root,
  plugins: [mutant],
  test: {
    include: tests,
    bail: 1,
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    testTimeout: 20_000,
    reporters: ['dot'],
    env: { HOLDFAST_SEED: '1' },
  },
})
