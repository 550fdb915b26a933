import { copyEmbedding } from './embedding-vector.js'
import type { EpisodicMemory } from './episodic-memory.js'
import type { ExportedRecord } from './exported-record.js'
import { MemoryError } from './memory-error.js'
import type { MemoryNode } from './memory-node.js'
import type { ParsedRecord } from './new-record.js'
import { type Owner, ownerOf } from './owner.js'
import { readEpisode, readNode } from './record-text.js'

/**
 * Reads an exported node. What stands beside the text must not contradict it: a store that is opened again reads the
 * owner from the text.
 * @throws {MemoryError} `SCOPE_MISMATCH` when the owner is another one than the text names, `INVALID_NODE` when the id
 * is, a field is wrong, or the text holds half a surrogate pair, which no file and no database can hold.
 */
export function importedNode(item: ExportedRecord): ParsedRecord<MemoryNode> {
  const { id, owner, text, embedding, clusterId } = item
  checkText(text)
  const node = readNode(text)
  checkId(id, node.id)
  const isCluster = clusterId === null || clusterId === (clusterId | 0)
  if (!isCluster) throw new MemoryError('INVALID_NODE', 'clusterId must be an integer or null')
  const record = node.clusterId === clusterId ? node : { ...node, clusterId }
  return placed(record, checkOwner(owner, ownerOf(node)), text, embedding)
}

/** Reads an exported episode; a text that names no owner takes the one beside it. Errors as {@link importedNode}. */
export function importedEpisode(item: ExportedRecord): ParsedRecord<EpisodicMemory> {
  const { id, owner, text, embedding } = item
  checkText(text)
  const episode = readEpisode(text)
  checkId(id, episode.id)
  const named = ownerOf(episode)
  const checked = named || owner === undefined ? checkOwner(owner, named) : ownerOf(owner)
  return placed({ ...episode, ...checked }, checked, text, embedding)
}

function placed<T>(record: T, owner: Owner | undefined, text: string, embedding: unknown): ParsedRecord<T> {
  return {
    record,
    text,
    embedding: copyEmbedding(embedding, 'embedding'),
    ...(owner === undefined ? {} : { owner }),
  }
}

/** JSON can write half a surrogate pair as an escape; as it is, it would turn into another character in UTF-8. */
function checkText(text: unknown): void {
  if (typeof text !== 'string') throw new MemoryError('INVALID_NODE', 'text must be a string')
  if (!text.isWellFormed()) throw new MemoryError('INVALID_NODE', 'text holds half a surrogate pair')
}

function checkId(given: string, named: string): void {
  if (given !== named) throw new MemoryError('INVALID_NODE', `the text has the id ${named}, not ${given}`)
}

function checkOwner(given: Owner | undefined, named: Owner | undefined): Owner | undefined {
  if (given?.tenantId !== named?.tenantId || given?.userId !== named?.userId) {
    throw new MemoryError('SCOPE_MISMATCH', 'the text names another owner than the record')
  }
  return named
}
