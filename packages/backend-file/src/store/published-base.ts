import type { RecordKind } from '@holdfast/core'
import { checksumOf } from '../base/check-base.js'
import type { Base } from '../base/load-base.js'
import { closeAll, type DataFile, type FileState } from '../base/open-data-files.js'
import { releaseAll } from '../disk/release-all.js'
import type { StoredFile } from '../disk/stored-file.js'
import { newStore } from '../journal/journal-store.js'
import type { PublishedTexts } from '../keyword/published-texts.js'
import type { BaseRecord, FileIdentity } from '../layout/base-record.js'
import type { Manifest } from '../layout/manifest.js'
import type { PositionRuns } from '../layout/position-runs.js'
import { type DataPath, isReadAtOpenOnly, pathsOf, storePaths } from '../layout/store-paths.js'
import type { StoreSettings } from '../layout/store-settings.js'
import type { Composition, PublishedFiles } from '../publish/compose-files.js'
import type { PublishedMatrix } from '../search/saved-copies.js'

/** The published files of an open store, and what is known of them. */
export class PublishedBase implements PublishedFiles {
  readonly #files = new Map<DataPath, StoredFile>()
  readonly #states = new Map<DataPath, FileState>()
  readonly #identities: Map<DataPath, FileIdentity>
  #columns: PublishedFiles['columns']
  #clusterOrder: readonly number[]
  #manifest: Manifest | undefined
  #sequence: number
  #isRecorded: boolean
  /** See `BaseRecord`. */
  readonly store: string
  /** As they were published; the journal may have changed them. */
  readonly settings: StoreSettings
  readonly positions: BaseRecord['positions']

  /**
   * @param store which store its journals belong to, when there is a record or a journal.
   * @param isRecorded whether the base record describes these files.
   */
  constructor(
    opened: ReadonlyMap<DataPath, DataFile>,
    base: Base,
    { store, isRecorded }: { readonly store: string | undefined; readonly isRecorded: boolean },
  ) {
    this.#take(opened)
    this.store = store ?? newStore()
    this.settings = base.settings
    this.positions = { nodes: simpleRuns(base.nodes), episodes: simpleRuns(base.episodes) }
    this.#identities = new Map(base.identities)
    this.#columns = base.columns
    this.#clusterOrder = base.clusterOrder
    this.#manifest = base.manifest
    this.#sequence = base.sequence
    this.#isRecorded = isRecorded
  }

  /** Those that are read from: texts and matrices. */
  get files(): ReadonlyMap<DataPath, StoredFile> {
    return this.#files
  }

  get states(): ReadonlyMap<DataPath, FileState> {
    return this.#states
  }

  get columns(): Readonly<Record<RecordKind, number | undefined>> {
    return this.#columns
  }

  get clusterOrder(): readonly number[] {
    return this.#clusterOrder
  }

  get manifest(): Manifest | undefined {
    return this.#manifest
  }

  get hasClusters(): boolean {
    return this.#states.has(storePaths.clusters)
  }

  /** Of the last transaction that the files hold. */
  get sequence(): number {
    return this.#sequence
  }

  get isRecorded(): boolean {
    return this.#isRecorded
  }

  identity(path: DataPath): FileIdentity | undefined {
    return this.#identities.get(path)
  }

  /** The texts of the nodes, when it is known what they are. */
  get publishedTexts(): PublishedTexts | undefined {
    const file = this.#files.get(storePaths.nodes)
    const { size, crc32 = null } = this.#identities.get(storePaths.nodes) ?? {}
    if (file === undefined || size === undefined || crc32 === null) return undefined
    return { file, size, crc32, mode: this.#states.get(storePaths.nodes)?.mode ?? 0o600 }
  }

  /** The matrix of a kind's vectors. */
  matrix(kind: RecordKind): PublishedMatrix | undefined {
    const path = pathsOf[kind].vectors
    const [file, state] = [this.#files.get(path), this.#states.get(path)]
    return file && state && { file, crc32: this.#identities.get(path)?.crc32 ?? null, ...state }
  }

  /** Bytes of all files. */
  get size(): number {
    let size = 0
    for (const identity of this.#identities.values()) size += identity.size
    return size
  }

  /** Takes note of a base record that was published for the files as they are. */
  async record(written: ReadonlyMap<DataPath, DataFile>): Promise<void> {
    this.#isRecorded = true
    this.#take(written)
    await closeAll(written)
  }

  /** Lets go of the files. */
  async release(): Promise<void> {
    await releaseAll(this.#files.values())
  }

  /** Reads the files whose content is not known yet and that stay. */
  async identify(contents: ReadonlyMap<DataPath, unknown>): Promise<void> {
    for (const [path, identity] of this.#identities) {
      const file = this.#files.get(path)
      if (identity.crc32 !== null || contents.has(path) || file === undefined) continue
      this.#identities.set(path, { ...identity, crc32: await checksumOf(file) })
    }
  }

  /** The files as they will be when these have been written. */
  identitiesWith(written: ReadonlyMap<DataPath, FileIdentity>): ReadonlyMap<DataPath, FileIdentity> {
    return new Map([...this.#identities, ...written])
  }

  /**
   * Takes note of what has been published.
   * @returns the files that are no longer read from and are to be let go.
   */
  replace(
    written: ReadonlyMap<DataPath, DataFile>,
    identities: ReadonlyMap<DataPath, FileIdentity>,
    { clusterOrder, manifest, columns }: Pick<Composition, 'clusterOrder' | 'manifest' | 'columns'>,
    sequence: number,
  ): readonly StoredFile[] {
    for (const [path, identity] of identities) this.#identities.set(path, identity)
    this.#clusterOrder = clusterOrder
    this.#manifest = manifest
    this.#columns = columns
    this.#sequence = sequence
    this.#isRecorded = true
    this.#take(written)
    return [...written].filter(([path]) => isReadAtOpenOnly(path)).map(([, { file }]) => file)
  }

  #take(opened: ReadonlyMap<DataPath, DataFile>): void {
    for (const [path, { file, ...state }] of opened) {
      this.#states.set(path, state)
      if (!isReadAtOpenOnly(path)) this.#files.set(path, file)
    }
  }
}

/** Positions in files that are not on record: 1, 2, 3 …. */
function simpleRuns({ count, lastPosition }: Base['nodes']): PositionRuns {
  return { last: lastPosition, runs: count === 0 ? [] : [[1, count]] }
}
