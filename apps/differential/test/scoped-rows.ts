import { isImpossible } from './records.js'
import { Refusal } from './refusal.js'

/** A record at its place. `position` grows with every record ever inserted. */
export interface Row<T> {
  readonly position: number
  readonly key: string
  readonly record: T
  readonly vector: readonly number[] | undefined
}

/** What every record says of itself and of whom it belongs to. */
export type Owned = { readonly id: string; readonly tenantId: string | null; readonly userId: string | null }

/** The rows that a scope shows: those of its tenant, or of its user where it names no tenant. */
export function seen<T>(rows: readonly Row<T>[], scope: unknown): readonly Row<T>[] {
  if (typeof scope !== 'object' || scope === null) throw new Refusal('TypeError')
  const known = Object.entries(scope).every(
    ([name, value]) => ['tenantId', 'userId'].includes(name) && (value === null || typeof value === 'string'),
  )
  if (!known) throw new Refusal('TypeError')
  const { tenantId, userId } = scope as Partial<Owned>
  const name = tenantId || userId
  if (!name || isImpossible(name)) return []
  return rows.filter(({ record }) => (record as Owned)[tenantId ? 'tenantId' : 'userId'] === name)
}

/** The rows of a scope that have one of these ids. */
export function named<T extends Owned>(rows: readonly Row<T>[], scope: unknown, ids: readonly string[]) {
  return seen(rows, scope).filter(({ record }) => ids.includes(record.id))
}

/** Where two owners of a user hold one id, changes are to the one that reads return. */
export function firstOfEach<T extends Owned>(rows: readonly Row<T>[]): readonly Row<T>[] {
  return rows.filter((row, index) => rows.findIndex(({ record }) => record.id === row.record.id) === index)
}
