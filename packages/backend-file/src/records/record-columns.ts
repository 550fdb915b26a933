import type { Owner } from '@holdfast/core'
import { ownerKey } from '@holdfast/core'
import type { Place } from '../disk/place.js'
import type { StoredFile } from '../disk/stored-file.js'
import type { NodeAccess, NodeCluster } from '../journal/journal-operation.js'

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
  readonly text: Place
  readonly vector: Place | undefined
  readonly overlay: Overlay | undefined
}

/**
 * The entries of an index, by row. A row never changes while anybody may read it, but for the places of its content,
 * which may move to another file; a record that changes gets another row.
 */
export class RecordColumns {
  readonly #ids: string[] = []
  readonly #owners: Owner[] = []
  readonly #ownerKeys: string[] = []
  readonly #knownOwners = new Map<string, number>()
  readonly #textFiles: (StoredFile | undefined)[] = []
  readonly #vectorFiles: (StoredFile | undefined)[] = []
  readonly #overlays = new Map<number, Overlay>()
  #numbers = new Float64Array(0)
  #integers = new Int32Array(0)
  #stamps = new Uint32Array(0)
  #lastStamp = 0
  #count = 0
  #free: number[] = []

  /** @returns the row it got. */
  add(entry: RecordEntry): number {
    const row = this.#free.pop() ?? this.#count++
    this.#makeRoom()
    this.#ids[row] = entry.id
    this.#stamps[row] = ++this.#lastStamp
    this.#integers[row * 3] = entry.owner === undefined ? -1 : this.#internOwner(entry.owner)
    this.#integers[row * 3 + 1] = entry.text.length
    this.#integers[row * 3 + 2] = entry.vector?.length ?? 0
    this.#numbers[row * 4] = entry.position
    this.#numbers[row * 4 + 1] = entry.clusterId ?? Number.NaN
    this.#numbers[row * 4 + 2] = entry.text.offset
    this.#numbers[row * 4 + 3] = entry.vector?.offset ?? 0
    this.#textFiles[row] = entry.text.file
    this.#vectorFiles[row] = entry.vector?.file
    if (entry.overlay !== undefined) this.#overlays.set(row, entry.overlay)
    return row
  }

  /** Gives rows back that nobody can read any more. */
  recycle(rows: Iterable<number>): void {
    for (const row of rows) {
      this.#ids[row] = ''
      this.#textFiles[row] = this.#vectorFiles[row] = undefined
      this.#overlays.delete(row)
      this.#free.push(row)
    }
  }

  /** Says that the content of a row is to be found elsewhere from now on. */
  move(row: number, text: Place, vector: Place | undefined): void {
    this.#textFiles[row] = text.file
    this.#numbers[row * 4 + 2] = text.offset
    this.#integers[row * 3 + 1] = text.length
    this.#vectorFiles[row] = vector?.file
    this.#numbers[row * 4 + 3] = vector?.offset ?? 0
    this.#integers[row * 3 + 2] = vector?.length ?? 0
  }

  /** Changes when the row is used for another entry. Told apart are 2³² entries in a row. */
  stamp(row: number): number {
    return this.#stamps[row] ?? 0
  }

  id(row: number): string {
    return this.#ids[row] ?? ''
  }

  owner(row: number): Owner | undefined {
    return this.#owners[this.#integers[row * 3] ?? -1]
  }

  ownerKey(row: number): string | undefined {
    return this.#ownerKeys[this.#integers[row * 3] ?? -1]
  }

  position(row: number): number {
    return this.#numbers[row * 4] ?? 0
  }

  clusterId(row: number): number | null {
    const clusterId = this.#numbers[row * 4 + 1] ?? Number.NaN
    return Number.isNaN(clusterId) ? null : clusterId
  }

  text(row: number): Place {
    const file = this.#textFiles[row]
    if (file === undefined) throw new RangeError(`there is no row ${row}`)
    return { file, offset: this.#numbers[row * 4 + 2] ?? 0, length: this.#integers[row * 3 + 1] ?? 0 }
  }

  /** `undefined`: the record has no vector. A place may still hold zeros, which stand for none. */
  vector(row: number): Place | undefined {
    const file = this.#vectorFiles[row]
    if (file === undefined) return undefined
    return { file, offset: this.#numbers[row * 4 + 3] ?? 0, length: this.#integers[row * 3 + 2] ?? 0 }
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
      id: this.id(row),
      owner: this.owner(row),
      position: this.position(row),
      clusterId: this.clusterId(row),
      text: this.text(row),
      vector: this.vector(row),
      overlay: this.overlay(row),
    }
  }

  #makeRoom(): void {
    if (this.#count * 4 <= this.#numbers.length) return
    const capacity = Math.max(16, this.#count + (this.#count >> 1))
    const numbers = new Float64Array(capacity * 4)
    const integers = new Int32Array(capacity * 3)
    numbers.set(this.#numbers)
    const stamps = new Uint32Array(capacity)
    integers.set(this.#integers)
    stamps.set(this.#stamps)
    this.#numbers = numbers
    this.#integers = integers
    this.#stamps = stamps
  }

  /** Equal owners share one object: a store has far fewer owners than records. */
  #internOwner(owner: Owner): number {
    const name = `${owner.tenantId?.length ?? -1}:${owner.tenantId ?? ''}:${owner.userId ?? '\0'}`
    let index = this.#knownOwners.get(name)
    if (index === undefined) {
      index = this.#owners.push(owner) - 1
      this.#ownerKeys.push(ownerKey(owner))
      this.#knownOwners.set(name, index)
    }
    return index
  }
}
