import type { Owner } from '@holdfast/core'
import type { PutRecord } from '../journal/journal-operation.js'
import { OwnerAgreement } from '../records/owner-agreement.js'
import { readTexts } from '../records/read-texts.js'
import { readVectors } from '../records/read-vectors.js'
import type { StoreState } from '../store/store-state.js'
import { isSameOwner } from './new-contents.js'
import { withOwnerText } from './owner-text.js'

/** What a write does to the nodes. */
export interface NodeChange {
  /** Rows that are replaced or deleted. */
  readonly gone: ReadonlySet<number>
  readonly coming: readonly (readonly [id: string, owner: Owner])[]
}

/**
 * Makes sure that whose an episode is stays the same when the store is opened again. An episode that does not name
 * its owner takes it from its nodes. Where those, as they will be after a write, say something else, the owner is
 * written into the episode: a new node must not take an old episode from its owner, nor give it to somebody else, and
 * an episode must not lose its owner with a node.
 * @param without episodes that are deleted anyway.
 */
export async function settleEpisodeOwners(
  state: StoreState,
  change: NodeChange,
  without: ReadonlySet<number> = new Set(),
): Promise<readonly PutRecord[]> {
  const [nodes, episodes] = [state.index('nodes'), state.index('episodes')]
  const changed = new Set(change.coming.map(([id]) => id))
  for (const row of change.gone) changed.add(nodes.id(row))
  const doubtful = [...state.derived.rowsThatNeed(changed)].filter((row) => !without.has(row))
  if (doubtful.length === 0) return []
  const wanted = new Set(doubtful.flatMap((row) => state.derived.nodeIdsOf(row)))
  const agreement = new OwnerAgreement(nodes, wanted, change)
  const rows = doubtful
    .filter((row) => !isSameOwner(agreement.ownerOf(state.derived.nodeIdsOf(row)), episodes.owner(row)))
    .sort((a, b) => episodes.position(a) - episodes.position(b))
  const vectors = await readVectors(state.collection('episodes'), rows, undefined)
  const operations: PutRecord[] = []
  for await (const batch of readTexts(episodes, rows, undefined)) {
    for (const { row, text } of batch) {
      const owner = episodes.owner(row)
      operations.push({
        type: 'put',
        kind: 'episodes',
        owner: owner ?? { tenantId: null, userId: null },
        id: episodes.id(row),
        text: withOwnerText(text, owner),
        vector: vectors[operations.length],
        clusterId: null,
        position: episodes.position(row),
      })
    }
  }
  return operations
}
