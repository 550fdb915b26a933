import type { Owner, ResolvedScope } from '@holdfast/core'
import type { Place, TextPlace } from '../disk/place.js'
import type { StoredFile } from '../disk/stored-file.js'
import { IdTable } from './id-table.js'
import { type EntryColumns, type Overlay, RecordColumns, type RecordEntry } from './record-columns.js'
import { RowList, type Rows } from './row-list.js'
import { ScopeLists } from './scope-lists.js'

/** Two records with the same owner and id, by row. */
export interface Duplicate {
  readonly row: number
  readonly before: number
  readonly id: string
}

/**
 * What is known of every record of one kind without reading it: who owns it, its id, cluster and place in the order,
 * and where its content lies.
 *
 * It changes with every transaction, all at once: nothing here waits. Whoever reads asks for rows first; what it got
 * stays as it was, because lists of rows are never changed and a row never gets other content.
 */
export class RecordIndex {
  readonly #columns: RecordColumns
  readonly #positionOf = (row: number) => this.#columns.position(row)
  readonly #all = new RowList(this.#positionOf)
  readonly #scopes = new ScopeLists(this.#positionOf)
  readonly #rowsById: IdTable
  /** Rows of records that are gone, which somebody may still read. */
  #dead: number[] = []
  /** Row of a record that is gone → the row that took over its text and vector. */
  #heirs = new Map<number, number>()
  readonly #recycleListeners: ((rows: readonly number[]) => void)[] = []
  #lastPosition = 0

  private constructor(columns: RecordColumns) {
    this.#columns = columns
    this.#rowsById = new IdTable(columns.ids, (row) => columns.owners.keyNumber(columns.ownerNumber(row)))
  }

  /**
   * An index of these records, which are in order. Takes the arrays over.
   * @param isUnique whether it is known that no two of an owner have the same id.
   * @returns instead, the first record that has the owner and id of an earlier one, and that one.
   */
  static of(entries: EntryColumns, isUnique: boolean): RecordIndex | Duplicate {
    const { owners, positions } = entries
    const columns = RecordColumns.of(entries)
    const index = new RecordIndex(columns)
    const count = owners.length
    const all = new Int32Array(count)
    for (let row = 0; row < count; row++) all[row] = row
    index.#all.fill(all)
    if (isUnique) index.#rowsById.addLater(owners.includes(-1) ? ownedRows(owners) : index.#all.view())
    else {
      index.#rowsById.reserve(count)
      for (let row = 0; row < count; row++) {
        const before = owners[row] === -1 ? undefined : index.#rowsById.add(row)
        if (before !== undefined) return { row, before, id: index.id(row) }
      }
    }
    index.#scopes.fill(columns.owners, owners)
    index.#lastPosition = positions[count - 1] ?? 0
    return index
  }

  get count(): number {
    return this.#all.length
  }

  /** Rows of records that are gone; they take memory until {@link recycle}. */
  get deadCount(): number {
    return this.#dead.length
  }

  /** The highest position that was ever given. */
  get lastPosition(): number {
    return this.#lastPosition
  }

  /** Positions up to this one have been given, to records that are gone by now. */
  skipPositions(last: number): void {
    this.#lastPosition = Math.max(this.#lastPosition, last)
  }

  /** All rows in order. */
  all(): Rows {
    return this.#all.view()
  }

  /** Every row the scope sees, in order. */
  rowsIn(scope: ResolvedScope): Rows {
    return this.#scopes.rowsIn(scope)
  }

  /** How many rows each tenant, or each user, sees. */
  counts(kind: ResolvedScope['kind']): ReadonlyMap<string, number> {
    return this.#scopes.counts(kind)
  }

  findOwned(key: string, id: string): number | undefined {
    const group = this.#columns.owners.findKey(key)
    return group === undefined ? undefined : this.#rowsById.find(group, id)
  }

  findAt(position: number): number | undefined {
    return this.#all.find(position)
  }

  /** The first inserted record with this id that the scope sees. */
  find(scope: ResolvedScope, id: string): number | undefined {
    let first: number | undefined
    for (const row of this.findEvery(scope, id)) {
      if (first === undefined || this.position(row) < this.position(first)) first = row
    }
    return first
  }

  /** Every record with this id that the scope sees: a user may have one in each of several tenants. */
  *findEvery(scope: ResolvedScope, id: string): Generator<number> {
    for (const key of this.#scopes.ownerKeysIn(scope)) {
      const row = this.findOwned(key, id)
      // A tenant's records are not all this user's.
      const isSeen =
        row !== undefined && (scope.kind === 'tenant' || this.owner(row)?.userId === scope.userId)
      if (isSeen) yield row
    }
  }

  /** Tells apart what a row stands for from what it stood for before it was recycled. */
  stamp(row: number): number {
    return this.#columns.stamp(row)
  }

  id(row: number): string {
    return this.#columns.ids.get(row)
  }

  owner(row: number): Owner | undefined {
    return this.#columns.owners.owner(this.#columns.ownerNumber(row))
  }

  ownerKey(row: number): string | undefined {
    return this.#columns.owners.key(this.#columns.ownerNumber(row))
  }

  /** A number that stands for the owner's key; −1 for no owner. */
  ownerKeyNumber(row: number): number {
    return this.#columns.owners.keyNumber(this.#columns.ownerNumber(row))
  }

  /** The ids and owners of some rows, as columns. */
  gather(rows: Rows): Pick<EntryColumns, 'ids' | 'owners' | 'ownerList'> {
    return {
      ids: this.#columns.ids.gather(rows),
      owners: Int32Array.from(rows, (row) => this.#columns.ownerNumber(row)),
      ownerList: [...this.#columns.owners.all],
    }
  }

  position(row: number): number {
    return this.#columns.position(row)
  }

  clusterId(row: number): number | null {
    return this.#columns.clusterId(row)
  }

  text(row: number): TextPlace {
    return this.#columns.text(row)
  }

  vector(row: number): Place | undefined {
    return this.#columns.vector(row)
  }

  hasVector(row: number): boolean {
    return this.#columns.hasVector(row)
  }

  /** Where a row's vector lies in a file; −1 when it is not there. Faster than {@link vector}. */
  vectorOffset(row: number, file: StoredFile): number {
    return this.#columns.vectorOffset(row, file)
  }

  overlay(row: number): Overlay | undefined {
    return this.#columns.overlay(row)
  }

  entry(row: number): RecordEntry {
    return this.#columns.entry(row)
  }

  /** Adds a record. Its position must not be taken, nor its id within its owner. */
  add(entry: RecordEntry): number {
    const row = this.#columns.add(entry)
    this.#lastPosition = Math.max(this.#lastPosition, entry.position)
    this.#all.add(row)
    this.#enter(row)
    return row
  }

  /** Gives a record other content, and perhaps another user within its tenant. It keeps id and position. */
  replace(before: number, change: Partial<RecordEntry>): number {
    const row = this.#columns.addHeir(before, change)
    this.#all.replace(before, row)
    const [was, is] = [this.owner(before), this.owner(row)]
    if (was !== undefined && isSame(was, is)) {
      this.#scopes.replace(was, before, row)
      this.#rowsById.replace(before, row)
    } else {
      this.#leave(before)
      this.#enter(row)
    }
    this.#dead.push(before)
    if (change.text === undefined) this.#heirs.set(before, row)
    return row
  }

  remove(row: number): void {
    this.#all.remove(row)
    this.#leave(row)
    this.#dead.push(row)
  }

  /** To be called when a transaction is through. */
  sweep(): void {
    this.#all.sweep()
    this.#scopes.sweep()
  }

  /**
   * Says where the content of a row lies from now on. Rows of records that have changed meanwhile may be given too; where
   * only the values beside the text changed, the content of the row that took over moves along.
   */
  move(row: number, text: TextPlace, vector: Place | undefined): void {
    for (let at: number | undefined = row; at !== undefined; at = this.#heirs.get(at)) {
      this.#columns.move(at, text, vector)
    }
  }

  /** The values beside a row's text stand in the text now. */
  dropOverlay(row: number): void {
    this.#columns.dropOverlay(row)
  }

  /** The rows of records that have gone since the last call. Give them to {@link recycle} when nobody reads them. */
  takeDead(): readonly number[] {
    const dead = this.#dead
    this.#dead = []
    this.#heirs = new Map()
    return dead
  }

  recycle(rows: readonly number[]): void {
    for (const listener of this.#recycleListeners) listener(rows)
    this.#columns.recycle(rows)
  }

  /** Tells `listener` which rows are recycled from now on: their numbers will stand for other records. */
  onRecycled(listener: (rows: readonly number[]) => void): void {
    this.#recycleListeners.push(listener)
  }

  #enter(row: number): void {
    const [owner, key] = [this.owner(row), this.ownerKey(row)]
    if (owner === undefined || key === undefined) return
    this.#scopes.add(owner, key, row)
    this.#rowsById.add(row)
  }

  #leave(row: number): void {
    const [owner, key] = [this.owner(row), this.ownerKey(row)]
    if (owner === undefined || key === undefined) return
    this.#scopes.remove(owner, key, row)
    this.#rowsById.remove(row)
  }
}

function isSame(a: Owner, b: Owner | undefined): boolean {
  return a.tenantId === b?.tenantId && a.userId === b.userId
}

/** The rows 0, 1, 2 … that have an owner. */
function ownedRows(owners: Int32Array): Int32Array {
  const rows = new Int32Array(owners.length)
  let count = 0
  for (let row = 0; row < owners.length; row++) if (owners[row] !== -1) rows[count++] = row
  return rows.subarray(0, count)
}
