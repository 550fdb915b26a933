import { bytesOfPacked, maxPackedBytes, packText } from './packed-text.js'
import type { RowIds } from './row-ids.js'
import type { Rows } from './row-list.js'

const removed = -1

/**
 * Finds rows by group and id: a hash table with open addressing over the bytes of the ids, which are kept elsewhere.
 * Four to sixteen bytes a row, and no object for any.
 */
export class IdTable {
  readonly #ids: RowIds
  readonly #groupOf: (row: number) => number
  /** Row + 1, 0 where nothing ever was. Its length is a power of two. */
  #slots: Int32Array = new Int32Array(16)
  /** Slots that are not 0. */
  #taken = 0
  #count = 0
  /** See {@link addLater}. */
  #pending: Rows | undefined
  #wanted = Buffer.alloc(256)

  /** @param groupOf the group of a row that is in the table. Ids are looked for within one. */
  constructor(ids: RowIds, groupOf: (row: number) => number) {
    this.#ids = ids
    this.#groupOf = groupOf
  }

  /** Makes room for so many rows at once. */
  reserve(count: number): void {
    if (count * 2 > this.#slots.length) this.#resize(count)
  }

  /**
   * Adds these rows, no two of which have the same group and id, before anything else is done with the table: an open
   * that is followed by searches never needs it. Until then the ids and groups of the rows must stay as they are.
   */
  addLater(rows: Rows): void {
    this.#pending = rows
  }

  find(group: number, id: string): number | undefined {
    this.#addPending()
    if (maxPackedBytes(id) > this.#wanted.length) this.#wanted = Buffer.alloc(maxPackedBytes(id))
    const size = packText(id, this.#wanted, 0)
    const slot = this.#slotOf(group, this.#wanted, 0, size)
    const row = (this.#slots[slot] ?? 0) - 1
    return row < 0 ? undefined : row
  }

  /** @returns the row that has this group and id already; nothing is changed then. */
  add(row: number): number | undefined {
    this.#addPending()
    if ((this.#taken + 1) * 2 > this.#slots.length) this.#resize(this.#count + 1)
    const slot = this.#slotOfRow(row)
    const found = this.#slots[slot] ?? 0
    if (found > 0) return found - 1
    this.#slots[slot] = row + 1
    this.#taken += 1
    this.#count += 1
    return undefined
  }

  /** Puts a row in the place of one with the same group and id. */
  replace(before: number, row: number): void {
    this.#addPending()
    this.#slots[this.#slotOfRow(before)] = row + 1
  }

  remove(row: number): void {
    this.#addPending()
    const slot = this.#slotOfRow(row)
    if (this.#slots[slot] !== row + 1) throw new RangeError(`row ${row} is not in the table`)
    this.#slots[slot] = removed
    this.#count -= 1
  }

  #addPending(): void {
    const rows = this.#pending
    if (rows === undefined) return
    this.#pending = undefined
    this.reserve(rows.length)
    for (const row of rows) this.add(row)
  }

  #slotOfRow(row: number): number {
    const ids = this.#ids
    return this.#slotOf(this.#groupOf(row), ids.bytes, ids.start(row), ids.size(row))
  }

  /** Where a row with this group and id stands, else an empty slot. */
  #slotOf(group: number, bytes: Uint8Array, start: number, size: number): number {
    const ids = this.#ids
    const mask = this.#slots.length - 1
    for (let slot = hash(group, bytes, start, size) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot] ?? 0
      if (found === 0) return slot
      if (found === removed || ids.size(found - 1) !== size || this.#groupOf(found - 1) !== group) continue
      if (isEqual(bytes, start, ids.bytes, ids.start(found - 1), size)) return slot
    }
  }

  #resize(count: number): void {
    const before = this.#slots
    let length = 16
    while (length < count * 2.5) length *= 2
    this.#slots = new Int32Array(length)
    this.#taken = this.#count
    for (const found of before) if (found > 0) this.#slots[this.#slotOfRow(found - 1)] = found
  }
}

function isEqual(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, size: number): boolean {
  for (let index = bytesOfPacked(size) - 1; index >= 0; index--) {
    if (a[aStart + index] !== b[bStart + index]) return false
  }
  return true
}

/** FNV-1a, and the last steps of MurmurHash3, which spread it over all bits. */
function hash(group: number, bytes: Uint8Array, start: number, size: number): number {
  let value = Math.imul(group + 1, 0x9e3779b1) ^ 0x811c9dc5
  for (let index = start, end = start + bytesOfPacked(size); index < end; index++) {
    value = Math.imul(value ^ (bytes[index] ?? 0), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
