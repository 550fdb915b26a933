import { type Owner, ownerKey } from '@holdfast/core'
import { RecordTable } from './record-table.js'

/** One record on its way into a table. */
export interface TableEntry {
  readonly id: string
  readonly owner: Owner | undefined
  readonly clusterId: number | null
  readonly offset: number
  readonly length: number
  /** Whether the text leaves the owner to be found out from other records. */
  readonly derived: boolean
}

interface MutableScopeRows {
  readonly rows: number[]
  readonly ownerKeys: Set<string>
}

/** Builds a table row by row. */
export class RecordTableBuilder {
  readonly #ids: string[] = []
  readonly #owners: Owner[] = []
  readonly #ownerKeys: string[] = []
  readonly #knownOwners = new Map<string, number>()
  readonly #ownerIndices: number[] = []
  readonly #offsets: number[] = []
  readonly #lengths: number[] = []
  readonly #clusterIds: number[] = []
  readonly #derivedRows: number[] = []
  readonly #tenants = new Map<string, MutableScopeRows>()
  readonly #users = new Map<string, MutableScopeRows>()
  readonly #rowsById = new Map<string, Map<string, number>>()

  get count(): number {
    return this.#ids.length
  }

  /** Adds the next row. @returns the row that has this id under the same owner already, in which case nothing is added. */
  add(entry: TableEntry): number | undefined {
    const row = this.#ids.length
    const ownerIndex = entry.owner === undefined ? -1 : this.#internOwner(entry.owner)
    const key = this.#ownerKeys[ownerIndex]
    if (key !== undefined) {
      const known = this.#index(key, entry.id, row)
      if (known !== undefined) return known
      const { tenantId = null, userId = null } = this.#owners[ownerIndex] ?? {}
      if (tenantId !== null) see(this.#tenants, tenantId, key, row)
      if (userId !== null) see(this.#users, userId, key, row)
    }
    this.#ids.push(entry.id)
    this.#ownerIndices.push(ownerIndex)
    this.#offsets.push(entry.offset)
    this.#lengths.push(entry.length)
    this.#clusterIds.push(entry.clusterId ?? Number.NaN)
    if (entry.derived) this.#derivedRows.push(row)
    return undefined
  }

  /** @param clusterIds of every row, NaN for none, where they are not those that were added. */
  build(clusterIds?: Float64Array): RecordTable {
    return new RecordTable({
      ids: this.#ids,
      owners: this.#owners,
      ownerIndices: Int32Array.from(this.#ownerIndices),
      offsets: Float64Array.from(this.#offsets),
      lengths: Uint32Array.from(this.#lengths),
      clusterIds: clusterIds ?? Float64Array.from(this.#clusterIds),
      derivedRows: this.#derivedRows,
      tenants: this.#tenants,
      users: this.#users,
      rowsById: this.#rowsById,
    })
  }

  #index(key: string, id: string, row: number): number | undefined {
    let rows = this.#rowsById.get(key)
    if (rows === undefined) {
      rows = new Map()
      this.#rowsById.set(key, rows)
    }
    const known = rows.get(id)
    if (known === undefined) rows.set(id, row)
    return known
  }

  /** Equal owners share one object: a store has far fewer owners than records. */
  #internOwner(owner: Owner): number {
    const text = `${owner.tenantId?.length ?? -1}:${owner.tenantId ?? ''}:${owner.userId ?? '\0'}`
    let index = this.#knownOwners.get(text)
    if (index === undefined) {
      index = this.#owners.push(owner) - 1
      this.#ownerKeys.push(ownerKey(owner))
      this.#knownOwners.set(text, index)
    }
    return index
  }
}

function see(scopes: Map<string, MutableScopeRows>, name: string, key: string, row: number): void {
  let scope = scopes.get(name)
  if (scope === undefined) {
    scope = { rows: [], ownerKeys: new Set() }
    scopes.set(name, scope)
  }
  scope.rows.push(row)
  scope.ownerKeys.add(key)
}
