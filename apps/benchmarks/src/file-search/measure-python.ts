import { type Finding, leftOut } from '../finding.js'
import { LineProgram } from '../line-program.js'
import { OtherProgramError } from '../other-program-error.js'
import { type Comparison, compareSearchers, rested, type Turns, warm } from './compare-searchers.js'
import type { LargeStore } from './large-store.js'
import { findPython, pythonScript } from './python.js'
import type { Queries } from './queries.js'
import { programSearcher, type Searcher } from './searcher.js'
import { topK } from './sizes.js'
import { vectorsPath } from './write-python-store.js'

/**
 * The large tenant beside NumPy: what the Python backend does, and the least that any use of NumPy could do.
 * @param count queries for each of the two, the first half of which only warms up.
 */
export async function measurePython(
  ours: Searcher,
  store: LargeStore,
  queries: Queries,
  count: number,
  say: (what: string) => void,
): Promise<{ readonly findings: readonly Finding[]; readonly comparisons: readonly Comparison[] }> {
  const { rows } = store
  const measure = (searcher: Searcher, turns: Turns = warm) =>
    compareSearchers(ours, searcher, store.truths(queries, queries.take(count)), turns)
  try {
    const args = [pythonScript('search'), vectorsPath(store.dataDir), queries.path, `${topK}`]
    const { program, ready } = await LineProgram.start(await findPython(), args)
    await using python = program
    const { name, product } = numpyOf(ready)
    say(`search beside ${name}, which is quicker by ${product}`)
    const bySteps = await measure(programSearcher(python, 'steps'))
    const byStepsRested = await measure(programSearcher(python, 'steps'), rested)
    const byProduct = await measure(programSearcher(python, 'product'))
    return {
      findings: [
        ...findingsOfSteps(rows, bySteps, byStepsRested),
        ...findingsOfProduct(rows, name, byProduct),
      ],
      comparisons: [bySteps, byProduct],
    }
  } catch (error) {
    if (!(error instanceof OtherProgramError)) throw error
    const findings = [...findingsOfSteps(rows), ...findingsOfProduct(rows, 'NumPy')]
    return { findings: leftOut(findings, error.message), comparisons: [] }
  }
}

function findingsOfSteps(rows: number, comparison?: Comparison, rested?: Comparison): readonly Finding[] {
  const afterRest = `top ${topK} of ${rows}, each search after a rest`
  return [
    {
      name: `top ${topK} of ${rows}, relative to the Python backend's own steps`,
      unit: '',
      target: { bound: 'at most', value: 1 / 30 },
      samples: comparison?.ratios ?? [],
    },
    { name: `the Python backend's own steps over ${rows}`, unit: 'ms', samples: comparison?.times[1] ?? [] },
    { name: afterRest, unit: 'ms', samples: rested?.times[0] ?? [] },
    { name: `${afterRest}, relative to those steps`, unit: '', samples: rested?.ratios ?? [] },
  ]
}

function findingsOfProduct(rows: number, numpy: string, comparison?: Comparison): readonly Finding[] {
  return [
    {
      name: `top ${topK} of ${rows}, relative to NumPy's bare product on all cores`,
      unit: '',
      target: { bound: 'at most', value: 1 },
      samples: comparison?.ratios ?? [],
    },
    { name: `${numpy}, bare product over ${rows}`, unit: 'ms', samples: comparison?.times[1] ?? [] },
  ]
}

/** From what search.py says when it is ready. */
function numpyOf(ready: unknown): { readonly name: string; readonly product: string } {
  const { numpy, libraries, product } = ready as {
    readonly numpy: string
    readonly libraries: readonly string[]
    readonly product: string
  }
  const blas = libraries.length === 0 ? '' : ` (${libraries.join(', ')})`
  return { name: `NumPy ${numpy}${blas}`, product }
}
