import type { PostgresBackend } from '../../src/index.js'
import type { Journal } from './workload.js'

/** What a store holds against what its callers were told. */
export interface Findings {
  /** Confirmed, and not there. */
  lost: number
  /** There more often than confirmed: counted twice, deleted and there again, refused and there. */
  doubled: number
  /** Batches of which only a part is there. */
  partial: number
  readonly wrong: readonly string[]
}

export async function audit(
  backend: PostgresBackend,
  tenantId: string,
  { batches, accesses, wrong }: Journal,
): Promise<Findings> {
  const findings: Findings = { lost: 0, doubled: 0, partial: 0, wrong }
  const nodes = await backend.getNodes({ tenantId }, { limit: 100_000 })
  const found = new Map(nodes.map((node) => [node.id, node.accessCount]))
  const { rows } = await backend.getEmbeddings({ tenantId })
  // Every node has a vector, in a table of its own.
  if (rows !== nodes.length) findings.partial += 1
  for (const { ids, inserted, deleted } of batches) {
    const there = ids.filter((id) => found.has(id)).length
    if (there !== 0 && there !== ids.length) findings.partial += 1
    if (inserted === 'done' && deleted === 'not tried' && there < ids.length) findings.lost += 1
    if (inserted === 'refused' && there > 0) findings.doubled += 1
    if (deleted === 'done' && there > 0) findings.doubled += 1
  }
  for (const [id, { done, unknown }] of accesses) {
    const count = found.get(id) ?? 0
    if (count < done) findings.lost += 1
    if (count > done + unknown) findings.doubled += 1
  }
  return findings
}

export const nothingWrong: Findings = { lost: 0, doubled: 0, partial: 0, wrong: [] }
