import { doubles, grown, integers32, signed32 } from '../records/growing-arrays.js'
import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'

/** How the rows of a scope differ from the documents that are known. */
export interface ScopeChanges {
  /** Documents whose row is gone. */
  readonly gone: readonly number[]
  /** Rows that no document stands for, in order. */
  readonly missing: Rows
}

/** A document and the row that it stands for. */
export interface DocumentRow {
  readonly document: number
  readonly row: number
}

const nothing: ScopeChanges = { gone: [], missing: signed32(0) }

/**
 * Which row each document of a scope stands for. A row number alone does not say: rows of records that are gone are
 * used again, so the stamp and the place in the order are kept beside it.
 */
export class ScopeDocuments {
  readonly #index: RecordIndex
  #rows = signed32(0)
  #stamps = integers32(0)
  #positions = doubles(0)
  /** The documents in the order of their records. */
  #order = signed32(0)
  #count = 0
  /** The rows that all documents stood for when it was last complete, and the memory that the list had. */
  #seenIn: ArrayBufferLike | undefined
  #seen = 0

  constructor(index: RecordIndex) {
    this.#index = index
  }

  /** Bytes in memory. */
  get size(): number {
    return this.#rows.length * 16 + this.#order.length * 4
  }

  get count(): number {
    return this.#count
  }

  /** The row that a document stands for. */
  row(document: number): number {
    return this.#rows[document] ?? 0
  }

  /** Notes what documents stand for. Rows are given in order, none of which is known. */
  add(entries: readonly DocumentRow[]): void {
    if (entries.length === 0) return
    const positionOf = (document: number) => this.#positions[document] ?? 0
    for (const { document, row } of entries) this.#note(document, row)
    const [last, first] = [this.#order[this.#count - 1], entries[0]?.document ?? 0]
    if (this.#count === 0 || (last !== undefined && positionOf(last) < positionOf(first))) {
      for (const { document } of entries) this.#append(document)
      return
    }
    const order = signed32(this.#count + entries.length)
    let known = 0
    let added = 0
    for (let at = 0; at < order.length; at++) {
      const [old, next] = [this.#order[known], entries[added]?.document]
      const takeOld =
        next === undefined || (known < this.#count && old !== undefined && positionOf(old) < positionOf(next))
      order[at] = (takeOld ? old : next) ?? 0
      if (takeOld) known += 1
      else added += 1
    }
    this.#order = order
    this.#count = order.length
  }

  /** Notes a document that comes after all others. */
  append(document: number, row: number): void {
    this.#note(document, row)
    this.#append(document)
  }

  /** Says that there is a document for each of these rows, and for no other. */
  complete(rows: Rows): void {
    this.#seenIn = memoryOf(rows)
    this.#seen = rows.length
  }

  /** Finds out what has changed, and forgets the documents that are gone. */
  update(rows: Rows): ScopeChanges {
    const [before, now] = [this.#count, rows.length]
    const shorter = Math.min(before, now)
    // A view of rows never changes, and only what is added shares its memory: what was seen need not be compared.
    const isSeen = this.#seenIn !== undefined && this.#seenIn === memoryOf(rows) && this.#seen <= shorter
    let start = isSeen ? this.#seen : 0
    this.#seenIn = undefined
    while (start < shorter && this.#isSame(start, rows[start] ?? 0)) start += 1
    if (start === before && start === now) {
      this.complete(rows)
      return nothing
    }
    let tail = 0
    while (tail < shorter - start && this.#isSame(before - 1 - tail, rows[now - 1 - tail] ?? 0)) tail += 1
    const gone: number[] = []
    const missing: number[] = []
    const kept: number[] = []
    let at = start
    for (let next = start; next < now - tail; next++) {
      const row = rows[next] ?? 0
      const position = this.#index.position(row)
      while (at < before - tail && this.#positionAt(at) < position) gone.push(this.#order[at++] ?? 0)
      if (at < before - tail && this.#positionAt(at) === position) {
        const list = this.#isSame(at, row) ? kept : gone
        if (list === gone) missing.push(row)
        list.push(this.#order[at++] ?? 0)
      } else missing.push(row)
    }
    while (at < before - tail) gone.push(this.#order[at++] ?? 0)
    const order = this.#order.slice(0, start + kept.length + tail)
    order.set(kept, start)
    order.set(this.#order.subarray(before - tail, before), start + kept.length)
    this.#order = order
    this.#count = order.length
    return { gone, missing: Int32Array.from(missing) }
  }

  /** The same documents under other numbers. */
  renumbered(numberOf: (document: number) => number): ScopeDocuments {
    const copy = new ScopeDocuments(this.#index)
    copy.#order = this.#order.slice(0, this.#count)
    copy.#count = this.#count
    for (let at = 0; at < this.#count; at++) {
      const document = this.#order[at] ?? 0
      const number = numberOf(document)
      copy.#order[at] = number
      copy.#set(number, this.row(document), this.#stamps[document] ?? 0, this.#positions[document] ?? 0)
    }
    return copy
  }

  /** The documents in the order of their records. */
  inOrder(): Int32Array {
    return this.#order.subarray(0, this.#count)
  }

  #isSame(at: number, row: number): boolean {
    const document = this.#order[at] ?? 0
    return this.#rows[document] === row && this.#stamps[document] === this.#index.stamp(row)
  }

  #positionAt(at: number): number {
    return this.#positions[this.#order[at] ?? 0] ?? 0
  }

  #append(document: number): void {
    this.#order = grown(this.#order, this.#count + 1, signed32)
    this.#order[this.#count] = document
    this.#count += 1
  }

  #note(document: number, row: number): void {
    this.#set(document, row, this.#index.stamp(row), this.#index.position(row))
  }

  #set(document: number, row: number, stamp: number, position: number): void {
    this.#rows = grown(this.#rows, document + 1, signed32)
    this.#stamps = grown(this.#stamps, document + 1, integers32)
    this.#positions = grown(this.#positions, document + 1, doubles)
    this.#rows[document] = row
    this.#stamps[document] = stamp
    this.#positions[document] = position
  }
}

function memoryOf(rows: Rows): ArrayBufferLike | undefined {
  return rows instanceof Int32Array ? rows.buffer : undefined
}
