import type { EmbeddingModel, Owner, RecordKind, RecordText } from '@holdfast/core'

/** Writes a record, new or in the place of the owner's record with the same id. */
export interface PutRecord {
  readonly type: 'put'
  readonly kind: RecordKind
  readonly owner: Owner
  readonly id: string
  /** Well-formed: half surrogate pairs are escaped, as in all JSON that we write. */
  readonly text: RecordText
  readonly vector: Float32Array | undefined
  readonly clusterId: number | null
  /** Its place in the order of all records of the kind. */
  readonly position: number
}

export interface DeleteRecord {
  readonly type: 'delete'
  readonly kind: RecordKind
  readonly ownerKey: string
  readonly id: string
}

/** Values that stand beside a node's text and win over it. They are absolute, so that a second replay changes nothing. */
export interface SetOverlay {
  readonly type: 'overlay'
  readonly ownerKey: string
  readonly id: string
  readonly access: NodeAccess | undefined
  readonly cluster: NodeCluster | undefined
}

export interface NodeAccess {
  readonly count: number
  /** ISO 8601, or `null` when never. */
  readonly lastAccessed: string | null
}

export interface NodeCluster {
  readonly id: number | null
  /** `null`: it stays as it is. */
  readonly label: string | null
  /** NaN: it stays as it is. */
  readonly confidence: number
}

export interface SetSettings {
  readonly type: 'settings'
  readonly dimensions: number | undefined
  readonly embeddingModel: EmbeddingModel | undefined
}

/** A change by owner and id, never by row: it means the same on a base whose rows have moved. */
export type JournalOperation = PutRecord | DeleteRecord | SetOverlay | SetSettings

/** Where a record's content lies, in bytes; `vectorOffset` is that of its first float32. */
export interface RecordPlace {
  readonly textOffset: number
  readonly textLength: number
  readonly textCrc32: number
  readonly vectorOffset: number | undefined
}

/** An operation and, for a put, where its content lies in the file. */
export interface LocatedOperation {
  readonly operation: JournalOperation
  readonly place: RecordPlace | undefined
}
