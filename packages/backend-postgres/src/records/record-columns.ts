import {
  type EpisodicMemory,
  type MemoryNode,
  type NewRecord,
  type Owner,
  ownerKey,
  timestampMicros,
} from '@holdfast/core'
import { boolArray, byteaArray, float8Array, int4Array, int8Array, textArray } from './binary-array.js'
import { toStoredText } from './stored-text.js'

/** One column of an insert: every row's value, as a binary array. */
export interface ColumnValues {
  readonly name: string
  /** Type of the parameter. */
  readonly type: string
  /** What the column gets from an element of it, when that is not the element itself. */
  readonly expression?: (element: string) => string
  readonly values: Buffer
  /** The same as elements of the column's own type, when that is not the type of `values`: COPY knows no expressions. */
  readonly copied?: () => Buffer
}

/** A record that is about to be stored, with its place in the order. */
export interface PlacedRecord<T> extends NewRecord<T> {
  readonly position: number
}

/** The columns that nodes and episodes share. */
export function baseColumnValues(
  records: readonly PlacedRecord<MemoryNode | EpisodicMemory>[],
): readonly ColumnValues[] {
  const ofOwner = (pick: (owner: Owner) => string | null) =>
    textArray(records.map(({ owner }) => pick(owner)))
  return [
    { name: 'owner_key', type: 'text[]', values: ofOwner(ownerKey) },
    { name: 'id', type: 'text[]', values: textArray(records.map(({ record }) => record.id)) },
    { name: 'position', type: 'bigint[]', values: int8Array(records.map(({ position }) => position)) },
    { name: 'tenant_id', type: 'text[]', values: ofOwner(({ tenantId }) => tenantId || null) },
    { name: 'user_id', type: 'text[]', values: ofOwner(({ userId }) => userId || null) },
    { name: 'record', type: 'text[]', values: textArray(records.map(({ text }) => text)) },
  ]
}

/** What filters look at, and what changes without the record being written anew. */
export function nodeColumnValues(nodes: readonly MemoryNode[]): readonly ColumnValues[] {
  const texts = (name: string, pick: (node: MemoryNode) => string | null): ColumnValues => ({
    name,
    type: 'text[]',
    values: textArray(
      nodes.map((node) => {
        const value = pick(node)
        return value === null ? null : toStoredText(value)
      }),
    ),
  })
  return [
    texts('conversation_id', (node) => node.conversationId),
    texts('source', (node) => node.source),
    {
      name: 'created_us',
      type: 'bigint[]',
      values: int8Array(nodes.map((node) => timestampMicros(node.createdAt) ?? null)),
    },
    { name: 'has_code', type: 'boolean[]', values: boolArray(nodes.map((node) => node.hasCode)) },
    { name: 'has_error', type: 'boolean[]', values: boolArray(nodes.map((node) => node.hasError)) },
    {
      name: 'tags',
      type: 'text[]',
      expression: (element) => `${element}::text[]`,
      values: textArray(nodes.map((node) => arrayLiteral(tagsOf(node)))),
      copied: () => byteaArray(nodes.map((node) => textArray(tagsOf(node).map(toStoredText)))),
    },
    { name: 'cluster_id', type: 'integer[]', values: int4Array(nodes.map((node) => node.clusterId)) },
    texts('cluster_label', (node) => node.clusterLabel),
    {
      name: 'cluster_confidence',
      type: 'double precision[]',
      values: float8Array(nodes.map((node) => node.clusterConfidence)),
    },
    { name: 'access_count', type: 'bigint[]', values: int8Array(nodes.map((node) => node.accessCount)) },
    texts('last_accessed', (node) => node.lastAccessed),
  ]
}

function tagsOf({ tags }: MemoryNode): readonly string[] {
  return Object.values(tags).flat()
}

/**
 * An array in PostgreSQL's text form; unnest would flatten an array of arrays.
 * Source: PostgreSQL manual, 8.15.6.
 */
function arrayLiteral(values: readonly string[]): string {
  const quoted = values.map((value) => `"${toStoredText(value).replace(/["\\]/g, '\\$&')}"`)
  return `{${quoted.join(',')}}`
}
