import type { Owner } from './owner.js'
import type { RecordText } from './record-text.js'

export const recordKinds = ['nodes', 'episodes'] as const
export type RecordKind = (typeof recordKinds)[number]

/** A record with everything that must survive a move to another backend. */
export interface ExportedRecord {
  readonly id: string
  /** `undefined` marks a record without an owner: no scope sees it. */
  readonly owner: Owner | undefined
  /** The stored JSON text, byte for byte. */
  readonly text: RecordText
  readonly embedding: Float32Array | undefined
  /** The node's cluster as the store knows it, which an old file may hold apart from the node. */
  readonly clusterId: number | null
}

/** Part of an export, all of one kind; nodes come before episodes, each in insertion order. */
export interface ExportBatch {
  readonly kind: RecordKind
  readonly records: readonly ExportedRecord[]
  readonly cursor: string
}

/** What an import takes of an export. */
export type ImportedBatch = Pick<ExportBatch, 'kind' | 'records'>
