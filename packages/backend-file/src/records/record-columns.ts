import type { Owner } from '@holdfast/core'
import type { Place, TextPlace } from '../disk/place.js'
import type { StoredFile } from '../disk/stored-file.js'
import type { NodeAccess, NodeCluster } from '../journal/journal-operation.js'
import { FileColumn } from './file-column.js'
import { doubles, grown, integers32, signed32 } from './growing-arrays.js'
import { LinearColumn } from './linear-column.js'
import { OwnerTable } from './owner-table.js'
import { type PackedIds, RowIds } from './row-ids.js'

/** Values that win over those in a node's text, until the text is written again. */
export interface Overlay {
  readonly access: NodeAccess | undefined
  readonly cluster: NodeCluster | undefined
}

/** What an index keeps of a record. */
export interface RecordEntry {
  readonly id: string
  /** `undefined`: no scope sees it. */
  readonly owner: Owner | undefined
  /** Its place in insertion order; it stays when the record is replaced. */
  readonly position: number
  readonly clusterId: number | null
  readonly text: TextPlace
  readonly vector: Place | undefined
  readonly overlay: Overlay | undefined
}

/** Entries of many records at once, as columns. All of them lie in the same files. */
export interface EntryColumns {
  readonly ids: PackedIds
  /** Numbers in `ownerList`, −1 for none. */
  readonly owners: Int32Array
  readonly ownerList: readonly Owner[]
  readonly positions: Float64Array
  /** NaN for none. */
  readonly clusterIds: Float64Array
  readonly texts: {
    readonly file: StoredFile | undefined
    readonly offsets: Float64Array
    readonly lengths: Uint32Array
    readonly checksums: Uint32Array
  }
  /** Where the vector of the first one is. The others follow, without anything between them. */
  readonly firstVector: Place | undefined
}

/**
 * The entries of an index, by row. A row never changes while anybody may read it, but for the places of its content,
 * which may move to another file; a record that changes gets another row.
 */
export class RecordColumns {
  readonly owners = new OwnerTable()
  #textFiles = new FileColumn()
  #vectorFiles = new FileColumn()
  readonly #overlays = new Map<number, Overlay>()
  #ids = new RowIds()
  #ownerNumbers: Int32Array = new Int32Array(0)
  #positions = new LinearColumn(1, 1)
  #clusterIds: Float64Array = new Float64Array(0)
  #textOffsets: Float64Array = new Float64Array(0)
  #textLengths: Uint32Array = new Uint32Array(0)
  #textChecksums: Uint32Array = new Uint32Array(0)
  #vectorOffsets = new LinearColumn(0, 0)
  #vectorLengths = new LinearColumn(0, 0)
  #stamps = new LinearColumn(1, 1)
  #lastStamp = 0
  #count = 0
  #free: number[] = []

  /** The rows 0, 1, 2 … with these entries. Takes the arrays over. */
  static of({
    ids,
    owners,
    ownerList,
    positions,
    clusterIds,
    texts,
    firstVector,
  }: EntryColumns): RecordColumns {
    const columns = new RecordColumns()
    const count = owners.length
    for (const owner of ownerList) columns.owners.intern(owner)
    columns.#ids = RowIds.of(ids)
    columns.#ownerNumbers = owners
    columns.#positions = LinearColumn.of(positions)
    columns.#clusterIds = clusterIds
    columns.#textOffsets = texts.offsets
    columns.#textLengths = texts.lengths
    columns.#textChecksums = texts.checksums
    const { file, offset, length } = firstVector ?? { file: undefined, offset: 0, length: 0 }
    columns.#textFiles = FileColumn.of(texts.file, count)
    columns.#vectorFiles = FileColumn.of(file, count)
    columns.#vectorOffsets = new LinearColumn(offset, length, count)
    columns.#vectorLengths = new LinearColumn(length, 0, count)
    columns.#stamps = new LinearColumn(1, 1, count)
    columns.#count = columns.#lastStamp = count
    return columns
  }

  get ids(): RowIds {
    return this.#ids
  }

  /** @returns the row it got. */
  add(entry: RecordEntry): number {
    const row = this.#fill(entry)
    this.#ids.set(row, entry.id)
    return row
  }

  /** Adds a record that takes its id and position from a row. @returns the row it got. */
  addHeir(before: number, change: Partial<RecordEntry>): number {
    const { id, position, ...old } = this.entry(before)
    const row = this.#fill({ ...old, ...change, position })
    this.#ids.share(row, before)
    return row
  }

  /** Gives rows back that nobody can read any more. */
  recycle(rows: readonly number[]): void {
    this.#ids.drop(rows)
    for (const row of rows) {
      this.#textFiles.set(row, undefined)
      this.#vectorFiles.set(row, undefined)
      this.#overlays.delete(row)
      this.#free.push(row)
    }
  }

  /** Says that the content of a row is to be found elsewhere from now on. */
  move(row: number, text: TextPlace, vector: Place | undefined): void {
    this.#textFiles.set(row, text.file)
    this.#textOffsets[row] = text.offset
    this.#textLengths[row] = text.length
    this.#textChecksums[row] = text.crc32
    this.#vectorFiles.set(row, vector?.file)
    if (vector === undefined) return
    this.#vectorOffsets.set(row, vector.offset)
    this.#vectorLengths.set(row, vector.length)
  }

  /** Changes when the row is used for another entry. */
  stamp(row: number): number {
    return this.#stamps.get(row)
  }

  /** −1 for none. */
  ownerNumber(row: number): number {
    return this.#ownerNumbers[row] ?? -1
  }

  position(row: number): number {
    return this.#positions.get(row)
  }

  clusterId(row: number): number | null {
    const clusterId = this.#clusterIds[row] ?? Number.NaN
    return Number.isNaN(clusterId) ? null : clusterId
  }

  text(row: number): TextPlace {
    const file = this.#textFiles.get(row)
    if (file === undefined) throw new RangeError(`there is no row ${row}`)
    return {
      file,
      offset: this.#textOffsets[row] ?? 0,
      length: this.#textLengths[row] ?? 0,
      crc32: this.#textChecksums[row] ?? 0,
    }
  }

  /** `undefined`: the record has no vector. A place may still hold zeros, which stand for none. */
  vector(row: number): Place | undefined {
    const file = this.#vectorFiles.get(row)
    if (file === undefined) return undefined
    return { file, offset: this.#vectorOffsets.get(row), length: this.#vectorLengths.get(row) }
  }

  hasVector(row: number): boolean {
    return this.#vectorFiles.has(row)
  }

  /** −1 when it is not in that file. */
  vectorOffset(row: number, file: StoredFile): number {
    return this.#vectorFiles.get(row) === file ? this.#vectorOffsets.get(row) : -1
  }

  overlay(row: number): Overlay | undefined {
    return this.#overlays.get(row)
  }

  /** Drops an overlay whose values stand in the text by now. */
  dropOverlay(row: number): void {
    this.#overlays.delete(row)
  }

  entry(row: number): RecordEntry {
    return {
      id: this.#ids.get(row),
      owner: this.owners.owner(this.ownerNumber(row)),
      position: this.position(row),
      clusterId: this.clusterId(row),
      text: this.text(row),
      vector: this.vector(row),
      overlay: this.overlay(row),
    }
  }

  #fill(entry: Omit<RecordEntry, 'id'>): number {
    const row = this.#free.pop() ?? this.#count++
    this.#makeRoom()
    this.#ownerNumbers[row] = entry.owner === undefined ? -1 : this.owners.intern(entry.owner)
    this.#positions.set(row, entry.position)
    this.#clusterIds[row] = entry.clusterId ?? Number.NaN
    if (entry.overlay !== undefined) this.#overlays.set(row, entry.overlay)
    this.#stamps.set(row, ++this.#lastStamp)
    this.move(row, entry.text, entry.vector)
    return row
  }

  #makeRoom(): void {
    if (this.#count <= this.#clusterIds.length) return
    const count = this.#count
    this.#ownerNumbers = grown(this.#ownerNumbers, count, signed32)
    this.#clusterIds = grown(this.#clusterIds, count, doubles)
    this.#textOffsets = grown(this.#textOffsets, count, doubles)
    this.#textLengths = grown(this.#textLengths, count, integers32)
    this.#textChecksums = grown(this.#textChecksums, count, integers32)
  }
}
