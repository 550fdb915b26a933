import type { RecordKind } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import type { Manifest } from '../layout/manifest.js'
import type { DataPath } from '../layout/store-paths.js'
import type { StoreSettings } from '../layout/store-settings.js'
import type { VectorFile } from '../npy/vector-file.js'
import type { RecordTable } from '../records/record-table.js'

/** All records of one kind. */
export interface Collection {
  readonly kind: RecordKind
  readonly table: RecordTable
  /** Absent while there has never been a record. */
  readonly texts: StoredFile | undefined
  readonly vectors: VectorFile | undefined
}

/** What a data file was when the snapshot was taken. */
export interface FileState {
  readonly version: string
  readonly mode: number
}

export interface SnapshotParts {
  readonly nodes: Collection
  readonly episodes: Collection
  readonly settings: StoreSettings
  readonly clusterOrder: readonly number[]
  readonly manifest: Manifest | undefined
  readonly states: ReadonlyMap<DataPath, FileState>
}

/**
 * The store at one moment. It never changes: a write makes a new one. Whoever reads from it holds it meanwhile, and
 * the last to let go closes its files.
 */
export class Snapshot {
  readonly nodes: Collection
  readonly episodes: Collection
  readonly settings: StoreSettings
  /** Order of the clusters in their file. */
  readonly clusterOrder: readonly number[]
  readonly manifest: Manifest | undefined
  readonly states: ReadonlyMap<DataPath, FileState>
  #holders = 1

  /** Takes over one hold on each file. */
  constructor(parts: SnapshotParts) {
    this.nodes = parts.nodes
    this.episodes = parts.episodes
    this.settings = parts.settings
    this.clusterOrder = parts.clusterOrder
    this.manifest = parts.manifest
    this.states = parts.states
  }

  collection(kind: RecordKind): Collection {
    return kind === 'nodes' ? this.nodes : this.episodes
  }

  hold(): this {
    this.#holders += 1
    return this
  }

  async release(): Promise<void> {
    this.#holders -= 1
    if (this.#holders > 0) return
    for (const { texts, vectors } of [this.nodes, this.episodes]) {
      await texts?.release()
      await vectors?.file.release()
    }
  }
}
