import {
  formatEpisode,
  formatNode,
  type NewEpisode,
  type NewNode,
  type NewRecord,
  type Owner,
  parsePythonJson,
  type RecordKind,
} from '@holdfast/core'
import { readRecordFacts } from '../records/record-facts.js'
import type { RowContent } from './row-content.js'

/** Records that a caller inserts: core wrote their text. */
export function insertedNodes(nodes: readonly NewNode[]): readonly RowContent[] {
  return nodes.map((node) => rowContent(node, node.record.clusterId))
}

/** Errors and meaning as {@link insertedNodes}. */
export function insertedEpisodes(episodes: readonly NewEpisode[]): readonly RowContent[] {
  return episodes.map((episode) => rowContent(episode, null))
}

/** Records of an export. Their text stays as it is, unless it names another id or owner than they came with. */
export function importedNodes(nodes: readonly NewNode[]): readonly RowContent[] {
  return nodes.map((node) => {
    const checked = withTrueText(node, 'nodes', () => formatNode(node.record))
    return { ...rowContent(node, node.record.clusterId), ...checked }
  })
}

/** As {@link importedNodes}; the text of an old episode may leave the owner to its nodes. */
export function importedEpisodes(episodes: readonly NewEpisode[]): readonly RowContent[] {
  return episodes.map((episode) => {
    const checked = withTrueText(episode, 'episodes', () => formatEpisode(episode.record))
    return { ...rowContent(episode, null), ...checked }
  })
}

function rowContent<T extends { readonly id: string }>(
  { owner, record, text, embedding }: NewRecord<T>,
  clusterId: number | null,
): RowContent {
  return { id: record.id, owner, text, ownerFromNodes: undefined, clusterId, vector: embedding }
}

function withTrueText<T extends { readonly id: string }>(
  { owner, record, text }: NewRecord<T>,
  kind: RecordKind,
  format: () => string,
): Pick<RowContent, 'text' | 'ownerFromNodes'> {
  const facts = readRecordFacts(parsePythonJson(text), text, kind)
  const isTrue =
    facts.id === record.id && (facts.ownerFromNodes !== undefined || isSameOwner(facts.owner, owner))
  if (!isTrue) return { text: format(), ownerFromNodes: undefined }
  return { text: text.trim(), ownerFromNodes: facts.ownerFromNodes }
}

/** Whether both name the same tenant and user. */
export function isSameOwner(a: Owner | undefined, b: Owner | undefined): boolean {
  return a?.tenantId === b?.tenantId && a?.userId === b?.userId
}
