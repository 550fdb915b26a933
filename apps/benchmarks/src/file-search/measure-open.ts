import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, leftOut } from '../finding.js'
import { OtherProgramError } from '../other-program-error.js'
import { runProgram } from '../run-program.js'
import { largeTenant } from './large-store.js'
import { findPython, pythonScript } from './python.js'
import type { Queries } from './queries.js'
import { runFresh } from './run-fresh.js'
import type { FileSearchSizes } from './sizes.js'
import { nodesPath, vectorsPath } from './write-python-store.js'

interface Store {
  readonly dataDir: string
  readonly tenantId: string
}

/**
 * Opening a store and searching it once, each time in a fresh process, with what earlier opens have kept and without,
 * beside what the Python backend does to load the same files.
 * @param mixed a store of small tenants. @param dataDir a store of one tenant with as many nodes.
 */
export async function measureOpen(
  mixed: Store,
  dataDir: string,
  queries: Queries,
  { rows, small, repetitions }: FileSearchSizes,
): Promise<readonly Finding[]> {
  const python = await findPython().catch(reasonOf)
  const large = { dataDir, tenantId: largeTenant }
  const findings: Finding[] = []
  const loads: number[] = []
  for (const [store, tenant] of [[large, rows] as const, [mixed, small] as const]) {
    const [present, absent, ratios]: [number[], number[], number[]] = [[], [], []]
    let isKept = true
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const load = typeof python === 'string' ? await loadInPython(python, store) : undefined
      await rm(cacheOf(store), { recursive: true, force: true })
      const { opened } = await runFresh(queries, 1, store)
      isKept &&= (await readdir(cacheOf(store)).catch(() => [])).length > 0
      absent.push(opened / 1000)
      present.push((await runFresh(queries, 1, store)).opened / 1000)
      if (load === undefined) continue
      loads.push(load / 1000)
      ratios.push(opened / load)
    }
    const what = `open ${rows} nodes and search a tenant of ${tenant}`
    const withCache: readonly Finding[] = [
      {
        name: `${what}, cache present`,
        unit: 's',
        target: { bound: 'at most', value: 0.3 },
        samples: present,
      },
    ]
    const relative: readonly Finding[] = [
      {
        name: `${what}, cache absent, relative to Python's loading`,
        unit: '',
        target: { bound: 'at most', value: 0.5 },
        samples: ratios,
      },
    ]
    findings.push(
      ...(isKept ? withCache : leftOut(withCache, 'the store kept no cache')),
      ...(typeof python === 'string' ? relative : leftOut(relative, python.message)),
      { name: `${what}, cache absent`, unit: 's', samples: absent },
    )
  }
  const loading: readonly Finding[] = [
    { name: `json.load and numpy.load of ${rows} nodes in Python`, unit: 's', samples: loads },
  ]
  return [...findings, ...(typeof python === 'string' ? loading : leftOut(loading, python.message))]
}

function cacheOf({ dataDir }: Store): string {
  return join(dataDir, '.holdfast', 'cache')
}

/** Milliseconds. */
async function loadInPython(python: string, { dataDir }: Store): Promise<number> {
  const args = [pythonScript('load'), nodesPath(dataDir), vectorsPath(dataDir)]
  const { milliseconds } = JSON.parse(await runProgram(python, args)) as { readonly milliseconds: number }
  return milliseconds
}

function reasonOf(error: unknown): OtherProgramError {
  if (error instanceof OtherProgramError) return error
  throw error
}
