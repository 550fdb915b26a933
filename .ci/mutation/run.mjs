// Changes the code of scopes, cursors, filters and top k in small ways and runs the tests on each change. A change that
// no test notices is printed, and fails the run unless survivors.mjs says why it makes no difference.
// Run by `pnpm test:mutation`.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutantsOf } from './mutants.mjs'
import { explained } from './survivors.mjs'
import { targets } from './targets.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const config = fileURLToPath(new URL('vitest.config.mjs', import.meta.url))

/** Milliseconds after which a mutant counts as noticed: it has made an endless loop. */
const patience = 40_000

/** Whether the tests pass with this mutant in place. */
function passes(mutant) {
  const env = { ...process.env, HOLDFAST_MUTANT: JSON.stringify(mutant) }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [vitest, 'run', '--config', config],
      { cwd: root, env, timeout: patience, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 },
      (error) => resolve(error === null),
    )
  })
}

function describe({ file, start, end, text, source }) {
  const line = source.slice(0, start).split('\n').length
  const from = source.slice(start, end)
  const known = explained.find((each) => each.file === file && each.from === from && each.to === text)
  return { known, line: `${file}:${line}: ${JSON.stringify(from.slice(0, 60))} -> ${JSON.stringify(text)}` }
}

let failed = false
const only = process.argv[2]
for (const { name, files, tests } of targets) {
  if (only !== undefined && !name.includes(only)) continue
  if (!(await passes({ tests }))) throw new Error(`${name}: the tests fail without a mutant`)
  const waiting = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    return mutantsOf(source).map((mutant) => ({ ...mutant, file, source, tests }))
  })
  const total = waiting.length
  const survivors = []
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { source: _, ...rest } = mutant
      if (await passes(rest)) survivors.push(describe(mutant))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  const share = ((100 * (total - survivors.length)) / total).toFixed(1)
  console.log(`${name}: ${total} mutants, ${total - survivors.length} noticed (${share} %)`)
  const seen = new Map()
  for (const { line, known } of survivors.sort((a, b) => (a.line < b.line ? -1 : 1))) {
    seen.set(known, (seen.get(known) ?? 0) + 1)
    const reason = seen.get(known) <= (known?.times ?? 1) ? known?.reason : undefined
    console.log(`  ${line}\n    ${reason ?? 'NOT EXPLAINED'}`)
    failed ||= reason === undefined
  }
}
process.exitCode = failed ? 1 : 0
