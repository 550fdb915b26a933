import type { Owner, ResolvedScope } from '@holdfast/core'

/** Where a record's text stands in its file. */
export interface TextRange {
  readonly offset: number
  readonly length: number
}

/** The rows that one scope sees, ascending, and under which owners they are. */
export interface ScopeRows {
  readonly rows: readonly number[]
  readonly ownerKeys: ReadonlySet<string>
}

/** The columns a table is made of: entry `row` of each belongs to that record. */
export interface RecordColumns {
  readonly ids: readonly string[]
  /** Index into `owners`, -1 for a record without one. */
  readonly ownerIndices: Int32Array
  readonly owners: readonly Owner[]
  readonly offsets: Float64Array
  readonly lengths: Uint32Array
  /** NaN for none. */
  readonly clusterIds: Float64Array
  /** Rows whose text does not name the owner, ascending. */
  readonly derivedRows: readonly number[]
  readonly tenants: ReadonlyMap<string, ScopeRows>
  readonly users: ReadonlyMap<string, ScopeRows>
  /** Owner key → id → row. */
  readonly rowsById: ReadonlyMap<string, ReadonlyMap<string, number>>
}

const nobody: ScopeRows = { rows: [], ownerKeys: new Set() }

/**
 * What is known of every record of one kind without reading it: who owns it, its id and cluster, and where its text
 * is. Row `i` is element `i` of the JSON file and row `i` of the matrix. Immutable.
 */
export class RecordTable {
  readonly #columns: RecordColumns

  constructor(columns: RecordColumns) {
    this.#columns = columns
  }

  get count(): number {
    return this.#columns.ids.length
  }

  get derivedRows(): readonly number[] {
    return this.#columns.derivedRows
  }

  get tenants(): ReadonlyMap<string, ScopeRows> {
    return this.#columns.tenants
  }

  get users(): ReadonlyMap<string, ScopeRows> {
    return this.#columns.users
  }

  id(row: number): string {
    const id = this.#columns.ids[row]
    if (id === undefined) throw new RangeError(`there is no row ${row}`)
    return id
  }

  owner(row: number): Owner | undefined {
    return this.#columns.owners[this.#columns.ownerIndices[row] ?? -1]
  }

  clusterId(row: number): number | null {
    const clusterId = this.#columns.clusterIds[row] ?? Number.NaN
    return Number.isNaN(clusterId) ? null : clusterId
  }

  range(row: number): TextRange {
    return { offset: this.#columns.offsets[row] ?? 0, length: this.#columns.lengths[row] ?? 0 }
  }

  /** Every row the scope sees, ascending. */
  rowsIn(scope: ResolvedScope): readonly number[] {
    return this.#scopeRows(scope).rows
  }

  findOwned(key: string, id: string): number | undefined {
    return this.#columns.rowsById.get(key)?.get(id)
  }

  /** The first inserted record with this id that the scope sees. */
  find(scope: ResolvedScope, id: string): number | undefined {
    let first: number | undefined
    for (const key of this.#scopeRows(scope).ownerKeys) {
      const row = this.findOwned(key, id)
      if (row === undefined || (first !== undefined && first < row)) continue
      // A tenant's records are not all this user's.
      if (scope.kind === 'tenant' || this.owner(row)?.userId === scope.userId) first = row
    }
    return first
  }

  #scopeRows(scope: ResolvedScope): ScopeRows {
    const { tenants, users } = this.#columns
    return (scope.kind === 'tenant' ? tenants.get(scope.tenantId) : users.get(scope.userId)) ?? nobody
  }
}
