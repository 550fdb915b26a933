import { type EpisodicMemory, type MemoryNode, type Owner, ownerKey } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import type { InsertCommand } from '../connection/command.js'
import { Parameters } from '../connection/parameters.js'
import type { Session } from '../connection/session.js'
import { int8Array, textArray } from '../records/binary-array.js'
import type { Store } from '../store.js'
import { wordColumns } from './word-columns.js'
import { WordEncoder } from './word-encoder.js'

/** A record that is in the store, at its true place. */
export interface StoredAt {
  readonly owner: Owner
  readonly position: number
  readonly record: MemoryNode | EpisodicMemory
  /** Whether another one was there before it. */
  readonly replaces?: boolean
}

const columns = ['length', ...wordColumns]

/** The table of words with its columns. */
export function wordsInto({ names }: Store): string {
  return `${names.quoted}.node_words (owner_key, position, user_id, ${columns.join(', ')})`
}

/**
 * What stores the words of nodes, in the transaction that stores the nodes; those of nodes that are replaced make way.
 * `undefined` when there are none, as episodes have none.
 */
export function wordsCommand(store: Store, records: readonly StoredAt[]): InsertCommand | undefined {
  const encoder = new WordEncoder()
  const nodes = records.filter(({ record }) => 'humanContent' in record && encoder.add(record))
  if (nodes.length === 0) return undefined
  const types = ['text', 'bigint', 'text', 'integer', ...wordColumns.map(() => 'bytea')]
  const replacing = columns.map((name) => `${name} = EXCLUDED.${name}`).join(', ')
  const onConflict = records.some(({ replaces }) => replaces)
    ? `ON CONFLICT (owner_key, position) DO UPDATE SET ${replacing}`
    : ''
  return {
    text: `INSERT INTO ${wordsInto(store)}
      SELECT ${types.map((type, at) => `unnest($${at + 1}::${type}[])`).join(', ')} ${onConflict}`,
    values: [
      textArray(nodes.map(({ owner }) => ownerKey(owner))),
      int8Array(nodes.map(({ position }) => position)),
      textArray(nodes.map(({ owner }) => owner.userId || null)),
      ...encoder.arrays(),
    ],
  }
}

/** Stores the words of one node anew, after its question or answer changed. */
export async function rewriteWords(
  session: Session,
  store: Store,
  access: Access,
  position: number,
  node: MemoryNode,
): Promise<void> {
  const encoder = new WordEncoder()
  encoder.add(node)
  const [length, ...columns] = encoder.arrays()
  const parameters = new Parameters()
  const assignments = wordColumns.map((name, at) => `${name} = (${parameters.add(columns[at])}::bytea[])[1]`)
  await session.query(
    `UPDATE ${store.names.quoted}.node_words w
     SET length = (${parameters.add(length)}::integer[])[1], ${assignments.join(', ')}
     WHERE ${parameters.access(access, 'w')} AND w.position = ${parameters.add(position)}`,
    parameters.values,
  )
}
