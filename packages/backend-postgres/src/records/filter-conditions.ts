import type { ResolvedFilter } from '@holdfast/core'
import type { Parameters } from '../connection/parameters.js'
import { int8Array, textArray } from './binary-array.js'
import { storableKeys, toStoredText } from './stored-text.js'

/**
 * A filter as SQL conditions on `table`, a name for `node`; they mean exactly what `matchesFilter` does. An empty
 * list becomes an empty array, which nothing equals.
 */
export function filterConditions(
  filter: ResolvedFilter | undefined,
  table: string,
  parameters: Parameters,
): readonly string[] {
  if (filter === undefined) return []
  const conditions: string[] = []
  const texts = (values: readonly string[]) => `${parameters.add(textArray(values))}::text[]`
  const anyOf = (column: string, values: readonly string[] | undefined) => {
    if (values !== undefined) conditions.push(`${table}.${column} = ANY(${texts(values)})`)
  }
  const compare = (column: string, operator: '=' | '>' | '<', type: string, value: unknown) => {
    if (value !== undefined) {
      conditions.push(`${table}.${column} ${operator} ${parameters.add(String(value))}::${type}`)
    }
  }
  anyOf('id', filter.ids && storableKeys(filter.ids))
  anyOf('user_id', filter.userId && storableKeys(filter.userId))
  anyOf('conversation_id', filter.conversationId?.map(toStoredText))
  anyOf('source', filter.source?.map(toStoredText))
  if (filter.clusterId !== undefined) {
    conditions.push(`${table}.cluster_id = ANY(${parameters.add(int8Array(filter.clusterId))}::bigint[])`)
  }
  if (filter.tags !== undefined) conditions.push(`${table}.tags && ${texts(filter.tags.map(toStoredText))}`)
  compare('has_code', '=', 'boolean', filter.hasCode)
  compare('has_error', '=', 'boolean', filter.hasError)
  compare('created_us', '>', 'bigint', integerText(filter.createdAfter))
  compare('created_us', '<', 'bigint', integerText(filter.createdBefore))
  return conditions
}

/** Microseconds of far years are beyond the safe integers; `String` would write them with an exponent. */
function integerText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : BigInt(value).toString()
}
