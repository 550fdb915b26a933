import { isPlainObject } from './json-value.js'
import { MemoryError } from './memory-error.js'

/**
 * The record as the scope's owner would write it: without an owner it gets this one, and a node of the tenant keeps
 * the user it names. Each field is read once.
 * @param mine the scope of the handle; an empty string is `null`.
 * @throws {MemoryError} `SCOPE_MISMATCH` for a record of another owner, `SCOPE_REQUIRED` when the scope names nobody,
 * `INVALID_NODE` when it is no object, or names its owner wrongly or twice.
 */
export function fillOwner<T extends object>(
  record: T,
  mine: { readonly tenantId: string | null; readonly userId: string | null },
): T {
  if (!isPlainObject(record)) throw new MemoryError('INVALID_NODE', 'a record must be an object')
  const { tenantId, tenant_id, userId, user_id, ...rest } = record
  const tenant = ownerText(tenantId, tenant_id, 'tenantId')
  const user = ownerText(userId, user_id, 'userId')
  if (mine.tenantId === null && mine.userId === null) {
    throw new MemoryError('SCOPE_REQUIRED', 'this handle has neither tenantId nor userId')
  }
  const isMine =
    mine.tenantId !== null
      ? tenant === null || tenant === mine.tenantId
      : tenant === null && (user === null || user === mine.userId)
  if (!isMine) {
    const given = tenant === null ? 'userId' : 'tenantId'
    throw new MemoryError('SCOPE_MISMATCH', `a record names another ${given} than the handle it was given to`)
  }
  return { ...rest, tenantId: mine.tenantId, userId: user ?? mine.userId } as unknown as T
}

function ownerText(camel: unknown, snake: unknown, name: string): string | null {
  if (camel !== undefined && snake !== undefined) {
    throw new MemoryError('INVALID_NODE', `a record gives ${name} under both its names`)
  }
  const value = camel ?? snake ?? null
  if (value === null || value === '') return null
  if (typeof value !== 'string') throw new MemoryError('INVALID_NODE', `${name} must be a string`)
  return value
}
