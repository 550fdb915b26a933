import type { EmbeddingModel } from '@holdfast/core'
import type { Finding } from './finding.js'

/** What `inspectDirectory` has to say. Sizes and offsets are bytes; paths are relative to the data directory. */
export interface DirectoryReport {
  /** Absolute. */
  readonly dataDir: string
  /** Nothing is wrong: there is no warning and no error among the findings. */
  readonly ok: boolean
  /** `python`: nothing of ours is there. `other`: no store, but something else. */
  readonly layout: 'holdfast' | 'python' | 'empty' | 'other'
  /** Bytes on disk, with journals, copy and quarantine. */
  readonly bytes: number
  /** In the files and in the journals up to any damage; left out when the files cannot be read together. */
  readonly records?: RecordCounts
  readonly dimensions?: number
  readonly embeddingModel?: EmbeddingModel
  /** The published files that are there, other than the base record. */
  readonly files: readonly DataFileReport[]
  readonly baseRecord: BaseRecordReport
  /** Oldest first. */
  readonly journals: readonly JournalReport[]
  /** Transactions in the journals that the published files do not hold. */
  readonly pendingTransactions: number
  /** Who holds the lock, or held it last and did not give it back. */
  readonly holder?: HolderReport
  /** A publication that was interrupted. */
  readonly publication?: PublicationReport
  /** What `restore` would put back. */
  readonly copy: readonly CopyReport[]
  readonly quarantine: readonly StoredBytes[]
  /** The most important first. */
  readonly findings: readonly Finding[]
}

export interface RecordCounts {
  readonly nodes: number
  readonly episodes: number
  /** Of both kinds: those that no scope sees. */
  readonly unowned: number
}

export interface StoredBytes {
  readonly path: string
  readonly bytes: number
}

export interface DataFileReport extends StoredBytes {
  /**
   * `recorded`: as last published by us. `foreign`: changed since by another program. `damaged`: it looks untouched
   * and has other bytes. `unrecorded`: nothing says what it should be.
   */
  readonly state: 'recorded' | 'foreign' | 'damaged' | 'unrecorded'
}

/** `.holdfast/store.json`. `missing` is as it should be in a directory of the Python system. */
export interface BaseRecordReport {
  readonly state: 'whole' | 'missing' | 'damaged' | 'ahead' | 'unreadable'
  /** Of the last transaction that the published files hold. */
  readonly sequence?: number
  /** The highest generation that a journal ever had. */
  readonly generation?: number
}

export interface JournalReport {
  readonly name: string
  readonly bytes: number
  readonly generation: number
  /** `superseded`: newer journals, or the files, hold all that counts of it. `unreadable`: its header is damaged. */
  readonly end: 'sealed' | 'open' | 'torn' | 'corrupt' | 'superseded' | 'unreadable'
  /** Sequence of its first transaction and the one behind its last whole one. */
  readonly sequences?: { readonly first: number; readonly next: number }
  /** Whole transactions up to its end, or to the damage. */
  readonly transactions: number
  /** Of the first bad frame. */
  readonly damagedAt?: number
}

export interface HolderReport {
  readonly pid: number
  readonly host: string
  /** In doubt it is. */
  readonly isAlive: boolean
  readonly hasKernelLock: boolean
}

export interface PublicationReport {
  /** `staged`: nothing says that it was committed. `damaged`: its record or one of its files is. */
  readonly state: 'committed' | 'damaged' | 'staged'
  readonly files: readonly StoredBytes[]
}

export interface CopyReport extends StoredBytes {
  /** The file that it is a copy of. */
  readonly of: string
  /** Whether it has the bytes that were last published. */
  readonly isCurrent: boolean
}
