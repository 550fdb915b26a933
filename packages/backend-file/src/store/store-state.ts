import { type Logger, MemoryError, ownerKey, parsePythonJson, type RecordKind } from '@holdfast/core'
import type { Base } from '../base/load-base.js'
import type { Place, TextPlace } from '../disk/place.js'
import { RecentRanges } from '../disk/recent-ranges.js'
import type { StoredFile } from '../disk/stored-file.js'
import type { LocatedOperation, PutRecord, RecordPlace, SetOverlay } from '../journal/journal-operation.js'
import type { StoreSettings } from '../layout/store-settings.js'
import type { Collection } from '../records/collection.js'
import type { DerivedOwners } from '../records/derived-owners.js'
import { FilterFacts } from '../records/filter-facts.js'
import type { RecordEntry } from '../records/record-columns.js'
import { readRecordFacts } from '../records/record-facts.js'
import type { RecordIndex } from '../records/record-index.js'
import type { SavedCopies } from '../search/saved-copies.js'
import { VectorCopies } from '../search/vector-copies.js'

/** What has changed since the files were published. */
export interface Changes {
  readonly nodes: boolean
  readonly episodes: boolean
  /** Which row is in which cluster. */
  readonly clusters: boolean
  readonly settings: boolean
}

/** Of the memory for copies, what texts and vectors that were read lately may take besides. */
const recentShare = 160
/** And what filters have asked of nodes. */
const factsShare = 32

/** How a state keeps the int8 copies of vectors that are searched. */
export interface CopyOptions {
  /** Bytes that those of nodes may take; those of episodes a quarter of it. */
  readonly budget: number
  readonly saved: Readonly<Record<RecordKind, SavedCopies>>
  readonly logger: Logger
}

const noChanges: Changes = { nodes: false, episodes: false, clusters: false, settings: false }

/**
 * A store at this moment: what was published, and every transaction since. One method changes it, whether a
 * transaction has just been committed, is replayed after a crash, or was written by another process.
 */
export class StoreState {
  readonly #nodes: RecordIndex
  readonly #episodes: RecordIndex
  readonly derived: DerivedOwners
  #settings: StoreSettings
  #sequence: number
  #changes: Changes = noChanges
  /** Ids that a transaction changes although the base does not have them: possible only after another program wrote. */
  readonly #vanished: string[] = []
  readonly #copies = new Map<RecordKind, VectorCopies | undefined>()
  readonly #recent: RecentRanges
  readonly #filterFacts: Readonly<Record<RecordKind, FilterFacts>>
  readonly #copyOptions: CopyOptions | undefined

  /** @param copies left out where nobody searches. */
  constructor({ nodes, episodes, derived, settings, sequence }: Base, copies?: CopyOptions) {
    this.#copyOptions = copies
    this.#recent = new RecentRanges((copies?.budget ?? 0) / recentShare)
    // Only nodes can be filtered.
    this.#filterFacts = {
      nodes: new FilterFacts((copies?.budget ?? 0) / factsShare),
      episodes: new FilterFacts(0),
    }
    this.#nodes = nodes
    nodes.onRecycled((rows) => this.#filterFacts.nodes.forget(rows))
    this.#episodes = episodes
    this.derived = derived
    this.#settings = settings
    this.#sequence = sequence
  }

  get settings(): StoreSettings {
    return this.#settings
  }

  /** Of the last transaction. */
  get sequence(): number {
    return this.#sequence
  }

  get changes(): Changes {
    return this.#changes
  }

  get vanished(): readonly string[] {
    return this.#vanished
  }

  index(kind: RecordKind): RecordIndex {
    return kind === 'nodes' ? this.#nodes : this.#episodes
  }

  collection(kind: RecordKind): Collection {
    const index = this.index(kind)
    const { dimensions } = this.#settings
    return {
      kind,
      index,
      dimensions,
      recent: this.#recent,
      filterFacts: this.#filterFacts[kind],
      copies: () => this.#copiesOf(kind, index, dimensions),
    }
  }

  /** The copies that were made or read until now. */
  madeCopies(kind: RecordKind): VectorCopies | undefined {
    return this.#copies.get(kind)
  }

  /** To be called when nobody searches any more. */
  disposeCopies(): void {
    for (const copies of this.#copies.values()) copies?.dispose()
  }

  /** Made at the first search, since most stores have no episodes with vectors, or are only written to. */
  #copiesOf(kind: RecordKind, index: RecordIndex, dimensions: number | undefined): VectorCopies | undefined {
    if (dimensions === undefined || this.#copyOptions === undefined) return undefined
    if (!this.#copies.has(kind)) {
      const { budget, saved, logger } = this.#copyOptions
      const own = kind === 'nodes' ? budget : budget / 4
      const options = { columns: dimensions, budget: own, logger }
      this.#copies.set(kind, VectorCopies.create(index, saved[kind], options))
    }
    return this.#copies.get(kind)
  }

  /** Takes note that everything up to now is being published. @returns what has to be given back when it fails. */
  takeChanges(): Changes {
    const changes = this.#changes
    this.#changes = noChanges
    return changes
  }

  /** What was taken has not been published after all. */
  giveBack(changes: Changes): void {
    this.#changes = merge(this.#changes, changes)
  }

  /**
   * Applies one transaction, at one moment.
   * @param sequence of the transaction.
   * @param file where its content lies.
   */
  apply(sequence: number, operations: Iterable<LocatedOperation>, file: StoredFile): void {
    for (const { operation, place } of operations) {
      switch (operation.type) {
        case 'put':
          this.#put(operation, place, file)
          break
        case 'delete':
          this.#delete(operation.kind, operation.ownerKey, operation.id)
          break
        case 'overlay':
          this.#overlay(operation)
          break
        case 'settings':
          this.#setSettings(operation)
          break
        default:
          operation satisfies never
      }
    }
    this.#sequence = sequence
    this.#nodes.sweep()
    this.#episodes.sweep()
  }

  /** The content of these records has been copied to another file, from which it is to be read from now on. */
  relocate(operations: Iterable<LocatedOperation>, file: StoredFile): void {
    for (const { operation, place } of operations) {
      if (operation.type !== 'put' || place === undefined) continue
      const index = this.index(operation.kind)
      const row = this.#find(index, operation)
      if (row === undefined) continue
      const { text, vector } = contentPlaces(operation, place, file)
      index.move(row, text, vector)
    }
  }

  #setSettings({ dimensions, embeddingModel }: StoreSettings): void {
    const published = this.#settings.dimensions
    // Another program may have published vectors since: rows of two lengths would be taken for one another.
    if (published !== undefined && dimensions !== undefined && dimensions !== published) {
      throw new MemoryError(
        'DIMENSION_MISMATCH',
        `the journal has vectors of ${dimensions} dimensions, the published files of ${published}`,
      )
    }
    this.#settings = { dimensions, embeddingModel }
    this.#change({ settings: true })
  }

  #find(index: RecordIndex, { owner, id, position }: PutRecord): number | undefined {
    const isOwned = owner.tenantId !== null || owner.userId !== null
    if (isOwned) return index.findOwned(ownerKey(owner), id)
    const row = index.findAt(position)
    return row !== undefined && index.id(row) === id ? row : undefined
  }

  #put(operation: PutRecord, place: RecordPlace | undefined, file: StoredFile): void {
    const { kind, id, clusterId, position, text } = operation
    if (place === undefined) throw new TypeError('a record without its place')
    const index = this.index(kind)
    const owner =
      operation.owner.tenantId === null && operation.owner.userId === null ? undefined : operation.owner
    const before = this.#find(index, operation)
    const content = contentPlaces(operation, place, file)
    if (owner === undefined && before === undefined) {
      throw new MemoryError('CORRUPT', `the journal changes the unowned record ${id}, which is not there`)
    }
    const hadCluster = before === undefined ? null : index.clusterId(before)
    const entry: RecordEntry = {
      id,
      owner,
      position: before === undefined ? Math.max(position, index.lastPosition + 1) : position,
      clusterId,
      text: content.text,
      vector: content.vector,
      overlay: undefined,
    }
    const row = before === undefined ? index.add(entry) : index.replace(before, entry)
    if (kind === 'episodes') {
      if (before !== undefined) this.derived.remove(before)
      const { ownerFromNodes } = readRecordFacts(parsePythonJson(text), text, kind)
      if (ownerFromNodes) this.derived.add(row, ownerFromNodes)
    }
    this.#change({ [kind]: true, clusters: hadCluster !== clusterId })
  }

  #delete(kind: RecordKind, key: string, id: string): void {
    const index = this.index(kind)
    const row = index.findOwned(key, id)
    if (row === undefined) {
      this.#vanished.push(id)
      return
    }
    if (kind === 'episodes') this.derived.remove(row)
    index.remove(row)
    // The rows behind it move up.
    this.#change({ [kind]: true, clusters: kind === 'nodes' })
  }

  #overlay({ ownerKey: key, id, access, cluster }: SetOverlay): void {
    const row = this.#nodes.findOwned(key, id)
    if (row === undefined) {
      this.#vanished.push(id)
      return
    }
    const old = this.#nodes.overlay(row)
    const merged = cluster && {
      ...cluster,
      label: cluster.label ?? old?.cluster?.label ?? null,
      confidence: Number.isNaN(cluster.confidence)
        ? (old?.cluster?.confidence ?? Number.NaN)
        : cluster.confidence,
    }
    this.#nodes.replace(row, {
      overlay: { access: access ?? old?.access, cluster: merged ?? old?.cluster },
      ...(cluster === undefined ? {} : { clusterId: cluster.id }),
    })
    this.#change({ nodes: true, clusters: cluster !== undefined })
  }

  #change(change: Partial<Changes>): void {
    this.#changes = merge(this.#changes, change)
  }
}

function contentPlaces(
  { vector }: PutRecord,
  { textOffset, textLength, textCrc32, vectorOffset }: RecordPlace,
  file: StoredFile,
): { readonly text: TextPlace; readonly vector: Place | undefined } {
  const text = { file, offset: textOffset, length: textLength, crc32: textCrc32 }
  if (vectorOffset === undefined) return { text, vector: undefined }
  return { text, vector: { file, offset: vectorOffset, length: (vector?.length ?? 0) * 4 } }
}

function merge(a: Changes, b: Partial<Changes>): Changes {
  return {
    nodes: a.nodes || b.nodes === true,
    episodes: a.episodes || b.episodes === true,
    clusters: a.clusters || b.clusters === true,
    settings: a.settings || b.settings === true,
  }
}
