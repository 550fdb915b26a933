import {
  formatEpisode,
  formatNode,
  type NewEpisode,
  type NewNode,
  type NewRecord,
  type Owner,
  parsePythonJson,
  type RecordKind,
  type RecordText,
} from '@holdfast/core'
import { readRecordFacts } from '../records/record-facts.js'

/** A record on its way into the store. */
export interface NewContent {
  readonly id: string
  readonly owner: Owner
  readonly text: RecordText
  /** The nodes that name the owner of an episode whose text does not. */
  readonly ownerFromNodes: readonly string[] | undefined
  readonly clusterId: number | null
  readonly vector: Float32Array | undefined
}

/** Records that a caller inserts: core wrote their text. */
export function insertedNodes(nodes: readonly NewNode[]): readonly NewContent[] {
  return nodes.map((node) => newContent(node, node.record.clusterId))
}

/** Errors and meaning as {@link insertedNodes}. */
export function insertedEpisodes(episodes: readonly NewEpisode[]): readonly NewContent[] {
  return episodes.map((episode) => newContent(episode, null))
}

/** Records of an export. Their text stays as it is, unless it names another id or owner than they came with. */
export function importedNodes(nodes: readonly NewNode[]): readonly NewContent[] {
  return nodes.map((node) => {
    const checked = withTrueText(node, 'nodes', () => formatNode(node.record))
    return { ...newContent(node, node.record.clusterId), ...checked }
  })
}

/** As {@link importedNodes}; the text of an old episode may leave the owner to its nodes. */
export function importedEpisodes(episodes: readonly NewEpisode[]): readonly NewContent[] {
  return episodes.map((episode) => {
    const checked = withTrueText(episode, 'episodes', () => formatEpisode(episode.record))
    return { ...newContent(episode, null), ...checked }
  })
}

function newContent<T extends { readonly id: string }>(
  { owner, record, text, embedding }: NewRecord<T>,
  clusterId: number | null,
): NewContent {
  return { id: record.id, owner, text, ownerFromNodes: undefined, clusterId, vector: embedding }
}

function withTrueText<T extends { readonly id: string }>(
  { owner, record, text }: NewRecord<T>,
  kind: RecordKind,
  format: () => string,
): Pick<NewContent, 'text' | 'ownerFromNodes'> {
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
