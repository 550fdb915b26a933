import type { PostgresBackend } from '../../src/index.js'
import type { Journal } from './workload.js'

/** What a store holds against what its callers were told. */
export interface Findings {
  /** Confirmed, and not there. */
  readonly lost: number
  /** There more often than confirmed: counted twice, deleted and there again, refused and there. */
  readonly doubled: number
  /** Batches of which only a part is there. */
  readonly partial: number
  /** Each of them in words, and what was found wrong while the work went on. */
  readonly wrong: readonly string[]
}

export async function audit(
  backend: PostgresBackend,
  tenantId: string,
  { batches, accesses, wrong }: Journal,
): Promise<Findings> {
  const found = { lost: 0, doubled: 0, partial: 0, wrong: [...wrong] }
  const count = (kind: 'lost' | 'doubled' | 'partial', what: string) => {
    found[kind] += 1
    found.wrong.push(`${kind}: ${what}`)
  }
  const nodes = await backend.getNodes({ tenantId }, { limit: 100_000 })
  const stored = new Map(nodes.map((node) => [node.id, node.accessCount]))
  const { rows } = await backend.getEmbeddings({ tenantId })
  // Every node has a vector, in a table of its own.
  if (rows !== nodes.length) count('partial', `${rows} vectors of ${nodes.length} nodes`)
  for (const { ids, inserted, deleted } of batches) {
    const there = ids.filter((id) => stored.has(id)).length
    const what = `${there} of ${ids.length}, insert ${inserted}, delete ${deleted}`
    if (there !== 0 && there !== ids.length) count('partial', what)
    if (inserted === 'done' && deleted === 'not tried' && there < ids.length) count('lost', what)
    if (inserted === 'refused' && there > 0) count('doubled', what)
    if (deleted === 'done' && there > 0) count('doubled', what)
  }
  for (const [id, { done, unknown }] of accesses) {
    const accessed = stored.get(id) ?? 0
    const what = `${id} has ${accessed}, confirmed ${done}, unknown ${unknown}`
    if (accessed < done) count('lost', what)
    if (accessed > done + unknown) count('doubled', what)
  }
  return found
}

export const nothingWrong: Findings = { lost: 0, doubled: 0, partial: 0, wrong: [] }
