import type { Owner, ResolvedScope } from '@holdfast/core'
import type { OwnerTable } from './owner-table.js'
import { RowList, type Rows } from './row-list.js'

/** The rows of one scope, and under which owners they are, with how many each has. */
interface ScopeList {
  readonly rows: RowList
  readonly ownerKeys: Map<string, number>
}

type Scopes = Map<string, ScopeList>

const nothing: Rows = new Int32Array(0)

/** Which rows each scope sees: one list for every tenant and every user, kept up to date record by record. */
export class ScopeLists {
  readonly #tenants: Scopes = new Map()
  readonly #users: Scopes = new Map()
  readonly #touched = new Map<ScopeList, { readonly scopes: Scopes; readonly name: string }>()
  readonly #positionOf: (row: number) => number

  constructor(positionOf: (row: number) => number) {
    this.#positionOf = positionOf
  }

  /** How many rows each tenant, or each user, sees. */
  counts(kind: ResolvedScope['kind']): ReadonlyMap<string, number> {
    const scopes = kind === 'tenant' ? this.#tenants : this.#users
    return new Map([...scopes].map(([name, { rows }]) => [name, rows.length]))
  }

  rowsIn(scope: ResolvedScope): Rows {
    return this.#find(scope)?.rows.view() ?? nothing
  }

  /** Keys of the owners under which this scope sees something. */
  ownerKeysIn(scope: ResolvedScope): Iterable<string> {
    return this.#find(scope)?.ownerKeys.keys() ?? []
  }

  /** Begins with the rows 0, 1, 2 …, which are in order. @param numbers owners of them in the table, −1 for none. */
  fill(owners: OwnerTable, numbers: Int32Array): void {
    const counts = new Int32Array(owners.all.length)
    for (let row = 0; row < numbers.length; row++) {
      const number = numbers[row] ?? -1
      if (number >= 0) counts[number] = (counts[number] ?? 0) + 1
    }
    const rowsOf = new Map<ScopeList, { readonly rows: Int32Array; filled: number }>()
    const sizes = new Map<ScopeList, number>()
    const listsOf = owners.all.map((owner, number) => {
      const count = counts[number] ?? 0
      if (count === 0) return []
      const key = owners.key(number) ?? ''
      return [...this.#of(owner)].map(({ list }) => {
        list.ownerKeys.set(key, (list.ownerKeys.get(key) ?? 0) + count)
        sizes.set(list, (sizes.get(list) ?? 0) + count)
        return list
      })
    })
    for (const [list, size] of sizes) rowsOf.set(list, { rows: new Int32Array(size), filled: 0 })
    const fillingsOf = listsOf.map((lists) => lists.flatMap((list) => rowsOf.get(list) ?? []))
    for (let row = 0; row < numbers.length; row++) {
      const fillings = fillingsOf[numbers[row] ?? -1]
      if (fillings === undefined) continue
      for (let at = 0; at < fillings.length; at++) {
        const filling = fillings[at]
        if (filling !== undefined) filling.rows[filling.filled++] = row
      }
    }
    for (const [list, { rows }] of rowsOf) list.rows.fill(rows)
  }

  add(owner: Owner, key: string, row: number): void {
    for (const { list } of this.#of(owner)) {
      list.ownerKeys.set(key, (list.ownerKeys.get(key) ?? 0) + 1)
      list.rows.add(row)
    }
  }

  remove(owner: Owner, key: string, row: number): void {
    for (const { list, ...where } of this.#of(owner)) {
      const left = (list.ownerKeys.get(key) ?? 0) - 1
      if (left > 0) list.ownerKeys.set(key, left)
      else list.ownerKeys.delete(key)
      list.rows.remove(row)
      this.#touched.set(list, where)
    }
  }

  /** Puts a row in the place of one with the same owner and position. */
  replace(owner: Owner, before: number, row: number): void {
    for (const { list } of this.#of(owner)) list.rows.replace(before, row)
  }

  /** To be called when a transaction is through. */
  sweep(): void {
    for (const [list, { scopes, name }] of this.#touched) {
      list.rows.sweep()
      if (list.rows.length === 0) scopes.delete(name)
    }
    this.#touched.clear()
  }

  #find(scope: ResolvedScope): ScopeList | undefined {
    return scope.kind === 'tenant' ? this.#tenants.get(scope.tenantId) : this.#users.get(scope.userId)
  }

  /** The scopes that see what this owner owns. */
  *#of({ tenantId, userId }: Owner): Generator<{ list: ScopeList; scopes: Scopes; name: string }> {
    for (const [scopes, name] of [
      [this.#tenants, tenantId],
      [this.#users, userId],
    ] as const) {
      if (name === null) continue
      let list = scopes.get(name)
      if (list === undefined) {
        list = { rows: new RowList(this.#positionOf), ownerKeys: new Map() }
        scopes.set(name, list)
      }
      yield { list, scopes, name }
    }
  }
}
