import { availableParallelism } from 'node:os'
import { type Finding, leftOut } from '../finding.js'
import { LineProgram } from '../line-program.js'
import { OtherProgramError } from '../other-program-error.js'
import { type Comparison, compareSearchers } from './compare-searchers.js'
import type { LargeStore } from './large-store.js'
import { findPython, pythonScript } from './python.js'
import type { Queries } from './queries.js'
import { programSearcher, type Searcher } from './searcher.js'
import { topK } from './sizes.js'
import { vectorsPath } from './write-python-store.js'

/** Cores that a product keeps busy only if more than one works on it. */
const manyCores = 1.2

/** The large tenant beside NumPy: what the Python backend does, and the least that any use of NumPy could do. */
export async function measurePython(
  ours: Searcher,
  store: LargeStore,
  queries: Queries,
  count: number,
  say: (what: string) => void,
): Promise<{ readonly findings: readonly Finding[]; readonly comparisons: readonly Comparison[] }> {
  const { rows } = store
  const measure = (searcher: Searcher) =>
    compareSearchers(ours, searcher, store.truths(queries, queries.take(count)))
  try {
    const args = [pythonScript('search'), vectorsPath(store.dataDir), queries.path, `${topK}`]
    const { program, ready } = await LineProgram.start(await findPython(), args)
    await using python = program
    const numpy = readyOf(ready)
    say(`search beside ${numpy.name}, whose product keeps ${numpy.cores.toFixed(1)} cores busy`)
    const steps = await measure(programSearcher(python, 'steps'))
    const product = await measure(programSearcher(python, 'product'))
    const productFindings = findingsOfProduct(rows, product)
    const why = `${numpy.name} multiplies on one core of ${availableParallelism()}; it needs a BLAS such as OpenBLAS`
    const usesAll = usesAllCores(numpy)
    return {
      findings: [
        ...findingsOfSteps(rows, steps),
        ...(usesAll ? productFindings : leftOut(productFindings, why)),
        ...(usesAll ? [] : findingsOfOneCore(rows, product)),
      ],
      comparisons: [steps, product],
    }
  } catch (error) {
    if (!(error instanceof OtherProgramError)) throw error
    const findings = [...findingsOfSteps(rows), ...findingsOfProduct(rows)]
    return { findings: leftOut(findings, error.message), comparisons: [] }
  }
}

function findingsOfSteps(rows: number, comparison?: Comparison): readonly Finding[] {
  return [
    {
      name: `top ${topK} of ${rows}, relative to the Python backend's own steps`,
      unit: '',
      target: { bound: 'at most', value: 1 / 30 },
      samples: comparison?.ratios ?? [],
    },
    { name: `the Python backend's own steps over ${rows}`, unit: 'ms', samples: comparison?.times[1] ?? [] },
  ]
}

function findingsOfProduct(rows: number, comparison?: Comparison): readonly Finding[] {
  return [
    {
      name: `top ${topK} of ${rows}, relative to NumPy's bare product on all cores`,
      unit: '',
      target: { bound: 'at most', value: 1 },
      samples: comparison?.ratios ?? [],
    },
    {
      name: `NumPy's bare product on all cores over ${rows}`,
      unit: 'ms',
      samples: comparison?.times[1] ?? [],
    },
  ]
}

/** What was measured all the same. It has no target. */
function findingsOfOneCore(rows: number, { ratios, times }: Comparison): readonly Finding[] {
  return [
    {
      name: `top ${topK} of ${rows}, relative to NumPy's bare product on one core`,
      unit: '',
      samples: ratios,
    },
    { name: `NumPy's bare product on one core over ${rows}`, unit: 'ms', samples: times[1] },
  ]
}

/** What search.py says when it is ready. */
interface Numpy {
  readonly name: string
  readonly cores: number
  readonly libraries: readonly string[]
}

function readyOf(value: unknown): Numpy {
  const { numpy, cores, libraries } = value as {
    readonly numpy: string
    readonly cores: number
    readonly libraries: readonly string[]
  }
  return { name: [`NumPy ${numpy}`, ...libraries].join(' with '), cores, libraries }
}

/** By what it loaded: on a machine that is busy, two threads may take as long as one. */
function usesAllCores({ cores, libraries }: Numpy): boolean {
  const isParallel = libraries.some((name) => /openblas|mkl|blis/.test(name))
  return isParallel || cores >= manyCores || availableParallelism() === 1
}
