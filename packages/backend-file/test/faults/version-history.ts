import type { MemoryNode, MemoryNodeInput } from '@holdfast/core'
import type { Matrix } from './store-state.js'

/** A history of commits that tells from any state which commit it follows, and from a mixture that it is one. */
export type Commit =
  | { readonly method: 'insertNodes'; readonly args: readonly [readonly MemoryNodeInput[], object] }
  | { readonly method: 'deleteNodes'; readonly args: readonly [object, readonly string[]] }

/** The nodes of a scope in their order, each with the commit that wrote it. */
export type VersionSnapshot = readonly (readonly [id: string, version: number])[]

export const historyScope = { tenantId: 'versions' }
export const historyDimensions = 8

const lasting = ['s0', 's1', 's2', 's3', 's4', 's5'] as const

/**
 * Commit `k`, from 1. Each fourth one deletes nodes; the others give all lasting nodes the version `k`, in one batch,
 * and add the node `x<k>`.
 */
export function commitAt(k: number): Commit {
  if (k % 4 === 0) return { method: 'deleteNodes', args: [historyScope, deletedAt(k)] }
  const nodes = [...lasting, `x${k}`].map((id, index) => ({
    ...historyScope,
    id,
    humanContent: String(k),
    assistantContent: 'filling '.repeat((k * 7 + index) % 40),
    embedding: [k, ...Array.from({ length: historyDimensions - 1 }, (_, at) => index - at)],
  }))
  return { method: 'insertNodes', args: [nodes, { onConflict: 'replace' }] }
}

/** What a scope holds after commit `k`; nothing after 0. */
export function snapshotAt(k: number): VersionSnapshot {
  if (k === 0) return []
  const version = k % 4 === 0 ? k - 1 : k
  return [...lasting.map((id) => [id, version] as const), ...addedAt(k).map((by) => [`x${by}`, by] as const)]
}

export function snapshotOfNodes(nodes: readonly Pick<MemoryNode, 'id' | 'humanContent'>[]): VersionSnapshot {
  return nodes.map(({ id, humanContent }) => [id, Number(humanContent)])
}

export function snapshotOfMatrix({ nodeIds, dimensions, data }: Matrix): VersionSnapshot {
  return nodeIds.map((id, row) => [id, data[row * dimensions] ?? Number.NaN])
}

/** Commits whose added node is still there after commit `k`: a deletion leaves the newest of them. */
function addedAt(k: number): readonly number[] {
  if (k < 4) return Array.from({ length: k }, (_, index) => index + 1)
  const since = k - (k % 4)
  return Array.from({ length: k - since + 1 }, (_, index) => (index === 0 ? since - 1 : since + index))
}

function deletedAt(k: number): readonly string[] {
  return addedAt(k - 1)
    .filter((by) => by !== k - 1)
    .map((by) => `x${by}`)
}
