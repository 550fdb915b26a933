import type { RecordKind } from '@holdfast/core'
import type { KeywordIndexes } from '../keyword/keyword-indexes.js'
import type { StoreSettings } from '../layout/store-settings.js'
import type { Collection } from '../records/collection.js'

/** What operations read from. */
export interface ReadableState {
  readonly settings: StoreSettings
  collection(kind: RecordKind): Collection
}

/** An open store, written to by this process or by another one. */
export interface OpenedStore {
  readonly settings: StoreSettings
  /** Finds nodes by their words, within `read`. */
  readonly keywords: KeywordIndexes
  /**
   * Lets `use` read. What it asks the index for before it first waits is of one moment, and can be read to the end
   * although the store changes meanwhile.
   */
  read<T>(use: (state: ReadableState) => Promise<T>): Promise<T>
  /** Bytes on disk. */
  bytes(): Promise<number>
  /** Reads everything and says what is wrong. */
  verify(signal: AbortSignal | undefined): Promise<readonly string[]>
  close(): Promise<void>
}
