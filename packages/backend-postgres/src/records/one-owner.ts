import { type Owner, ownerKey } from '@holdfast/core'
import type { Value } from '../connection/command.js'

/**
 * The condition that rows of `table` are those of the owner of all these records, with its value added to `values`;
 * `true` when they are of several. A database that is distributed by owner finds the owner's server by it: it does
 * not look into the list of keys that the statement is joined with.
 */
export function ofOneOwner(
  table: string,
  records: readonly { readonly owner: Owner }[],
  values: Value[],
): string {
  const keys = new Set(records.map(({ owner }) => ownerKey(owner)))
  const [key] = keys
  if (key === undefined || keys.size > 1) return 'true'
  values.push(key)
  return `${table}.owner_key = $${values.length}`
}
