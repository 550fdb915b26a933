import { parsePythonJson } from '@holdfast/core'
import { OwnerAgreement } from '../records/owner-agreement.js'
import { readTexts } from '../records/read-texts.js'
import { readRecordFacts } from '../records/record-facts.js'
import type { RecordTable } from '../records/record-table.js'
import type { CollectionChange } from './collection-change.js'
import { withOwnerText } from './owner-text.js'
import type { RowContent } from './row-content.js'
import { isSameOwner } from './row-contents.js'

interface Doubtful {
  readonly row: number
  readonly content: RowContent
  readonly nodeIds: readonly string[]
}

/**
 * Makes sure that whose an episode is stays the same when the store is opened again. An episode that does not name
 * its owner takes it from its nodes. Where those, as they will be after this write, say something else, the owner is
 * written into the episode: a new node must not take an old episode from its owner, nor give it to somebody else.
 *
 * @param nodes as they will be.
 */
export async function settleEpisodeOwners(
  episodes: CollectionChange,
  changedNodes: CollectionChange,
  nodes: RecordTable,
): Promise<void> {
  const doubtful = [...newEpisodes(episodes)]
  if (!changedNodes.isEmpty) doubtful.push(...(await storedEpisodes(episodes, changedNodes)))
  const agreement = new OwnerAgreement(nodes, new Set(doubtful.flatMap(({ nodeIds }) => nodeIds)))
  for (const { row, content, nodeIds } of doubtful) {
    if (isSameOwner(agreement.ownerOf(nodeIds), content.owner)) continue
    const text = withOwnerText(content.text, content.owner)
    episodes.replace(row, { ...content, text, ownerFromNodes: undefined })
  }
}

function* newEpisodes(episodes: CollectionChange): Generator<Doubtful> {
  const first = episodes.base.table.count
  const added = episodes.added.map((content, index) => [first + index, content] as const)
  for (const [row, content] of [...episodes.replaced, ...added]) {
    if (content.ownerFromNodes !== undefined) yield { row, content, nodeIds: content.ownerFromNodes }
  }
}

/** Stored episodes whose owner follows from a node that changes. */
async function storedEpisodes(
  { base, replaced }: CollectionChange,
  changedNodes: CollectionChange,
): Promise<readonly Doubtful[]> {
  const rows = base.table.derivedRows.filter((row) => !replaced.has(row))
  if (base.texts === undefined || rows.length === 0) return []
  const changed = new Set([...changedNodes.replaced.values(), ...changedNodes.added].map(({ id }) => id))
  const found: Doubtful[] = []
  for await (const batch of readTexts(base.texts, base.table, rows, undefined)) {
    for (const { row, text } of batch) {
      const nodeIds = readRecordFacts(parsePythonJson(text), text, 'episodes').ownerFromNodes ?? []
      if (!nodeIds.some((id) => changed.has(id))) continue
      const [id, owner] = [base.table.id(row), base.table.owner(row)]
      const content = { id, owner, text, ownerFromNodes: nodeIds, clusterId: null, vector: 'kept' } as const
      found.push({ row, content, nodeIds })
    }
  }
  return found
}
