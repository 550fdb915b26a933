import {
  type EpisodicMemory,
  formatPythonJson,
  type MemoryNode,
  type Owner,
  PythonFloat,
  type RecordText,
  readEpisode,
  readNode,
  replaceFields,
} from '@holdfast/core'
import { numberOf, type Row, textOf } from '../connection/session.js'
import { fromStoredText } from './stored-text.js'

/** What nodes and episodes differ in, for the statements that are otherwise the same. */
export interface RecordKindOf<T extends MemoryNode | EpisodicMemory> {
  readonly table: 'node' | 'episode'
  readonly vectorTable: 'node_vector' | 'episode_vector'
  /** Columns that {@link read} and {@link exported} need after the first five. */
  readonly columns: readonly string[]
  /** The record as callers see it. */
  read(row: StoredRow): T
  /** The text and cluster as they leave the store; the text is the stored one unless something was changed. */
  exported(row: StoredRow): { readonly text: string; readonly clusterId: number | null }
}

/** The columns every read selects, in this order, before those of the kind. */
export const baseColumns = ['position', 'id', 'tenant_id', 'user_id', 'record'] as const

/** A row, taken apart. */
export interface StoredRow {
  readonly position: number
  readonly id: string
  readonly owner: Owner
  readonly record: string
  /** The columns of the kind. */
  readonly rest: Row
}

export function takeApart(row: Row): StoredRow {
  const [position, id, tenantId = null, userId = null, record, ...rest] = row
  return {
    position: numberOf(position),
    id: textOf(id),
    owner: { tenantId, userId },
    record: textOf(record),
    rest,
  }
}

/**
 * The text of a node is kept as it came. Its cluster is always the column's; label, confidence and access are the
 * columns' once one of them was changed.
 */
export const nodeKind: RecordKindOf<MemoryNode> = {
  table: 'node',
  vectorTable: 'node_vector',
  columns: ['cluster_id', 'touched', 'cluster_label', 'cluster_confidence', 'access_count', 'last_accessed'],
  read: (row) => ({
    ...readNode(row.record),
    id: row.id,
    ...row.owner,
    clusterId: clusterOf(row.rest[0]),
    ...changedFields(row.rest),
  }),
  exported(row) {
    const clusterId = clusterOf(row.rest[0])
    if (row.rest[1] !== 't') return { text: row.record, clusterId }
    return { text: withColumns(row.record, nodeKind.read(row)), clusterId }
  },
}

/** An episode's owner is written in its columns: old texts do not name it. */
export const episodeKind: RecordKindOf<EpisodicMemory> = {
  table: 'episode',
  vectorTable: 'episode_vector',
  columns: [],
  read: (row) => ({ ...readEpisode(row.record), id: row.id, ...row.owner }),
  exported: (row) => ({ text: row.record, clusterId: null }),
}

/** The text with what the columns have changed in it; everything else stays byte for byte. */
function withColumns(text: RecordText, node: MemoryNode): RecordText {
  const old = readNode(text)
  const fields = new Map<string, string>()
  const set = (name: string, isChanged: boolean, value: string | number | PythonFloat | null) => {
    if (isChanged) fields.set(name, formatPythonJson(value))
  }
  set('cluster_id', node.clusterId !== old.clusterId, node.clusterId)
  set('cluster_label', node.clusterLabel !== old.clusterLabel, node.clusterLabel)
  const confidence = new PythonFloat(node.clusterConfidence)
  set('cluster_confidence', node.clusterConfidence !== old.clusterConfidence, confidence)
  set('access_count', node.accessCount !== old.accessCount, node.accessCount)
  set('last_accessed', node.lastAccessed !== old.lastAccessed, node.lastAccessed)
  return replaceFields(text, fields)
}

function clusterOf(value: string | null | undefined): number | null {
  return value === null || value === undefined ? null : numberOf(value)
}

function changedFields([, touched, label, confidence, accessCount, lastAccessed]: Row): Partial<MemoryNode> {
  if (touched !== 't') return {}
  return {
    clusterLabel: typeof label === 'string' ? fromStoredText(label) : null,
    clusterConfidence: numberOf(confidence),
    accessCount: numberOf(accessCount),
    lastAccessed: lastAccessed ?? null,
  }
}
