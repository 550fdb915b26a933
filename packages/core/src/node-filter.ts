import { isPlainObject } from './json-value.js'
import type { MemoryNode } from './memory-node.js'
import { timestampMicros } from './timestamp.js'

/**
 * Narrows a scoped read; all given fields must match. A list matches any of its values, an empty list nothing.
 * Texts are compared exactly.
 */
export interface NodeFilter {
  readonly userId?: string | readonly string[]
  readonly conversationId?: string | readonly string[]
  readonly source?: string | readonly string[]
  readonly clusterId?: number | readonly number[]
  /** A node matches when one of its tags, in any category, is among these. */
  readonly tags?: string | readonly string[]
  readonly hasCode?: boolean
  readonly hasError?: boolean
  /** Later than this moment; ISO 8601 or `Date`. A timestamp without an offset is read as UTC. */
  readonly createdAfter?: string | Date
  /** Earlier than this moment. */
  readonly createdBefore?: string | Date
  readonly ids?: string | readonly string[]
}

/** A checked filter: lists are lists, times are microseconds since 1970. Backends get only this form. */
export interface ResolvedFilter {
  readonly userId?: readonly string[]
  readonly conversationId?: readonly string[]
  readonly source?: readonly string[]
  readonly clusterId?: readonly number[]
  readonly tags?: readonly string[]
  readonly hasCode?: boolean
  readonly hasError?: boolean
  readonly createdAfter?: number
  readonly createdBefore?: number
  readonly ids?: readonly string[]
}

const checks = {
  userId: texts,
  conversationId: texts,
  source: texts,
  clusterId: integers,
  tags: texts,
  hasCode: flag,
  hasError: flag,
  createdAfter: moment,
  createdBefore: moment,
  ids: texts,
} satisfies Record<keyof NodeFilter, (value: unknown, name: string) => unknown>

/**
 * Checks a filter. A field that is present but `undefined` or `null` is refused: it would silently widen a search.
 * @throws {TypeError} for an unknown field, an operator object, or a value of the wrong type.
 */
export function resolveFilter(filter: NodeFilter | undefined): ResolvedFilter | undefined {
  if (filter === undefined) return undefined
  if (!isPlainObject(filter)) throw new TypeError('filter must be an object')
  const entries = Object.entries(filter).map(([name, value]) => {
    if (!Object.hasOwn(checks, name)) {
      throw new TypeError(
        `filter has the unknown field ${JSON.stringify(name)}; known are ${Object.keys(checks).join(', ')}`,
      )
    }
    return [name, checks[name as keyof typeof checks](value, `filter.${name}`)]
  })
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as ResolvedFilter)
}

/** Whether a node passes: the meaning of a filter, for backends that test nodes one by one. */
export function matchesFilter(node: MemoryNode, filter: ResolvedFilter): boolean {
  const created = timestampMicros(node.createdAt)
  return (
    isAmong(filter.ids, node.id) &&
    isAmong(filter.userId, node.userId) &&
    isAmong(filter.conversationId, node.conversationId) &&
    isAmong(filter.source, node.source) &&
    isAmong(filter.clusterId, node.clusterId) &&
    (filter.tags === undefined ||
      Object.values(node.tags).some((tags) => filter.tags?.some((t) => tags.includes(t)))) &&
    (filter.hasCode === undefined || filter.hasCode === node.hasCode) &&
    (filter.hasError === undefined || filter.hasError === node.hasError) &&
    (filter.createdAfter === undefined || (created !== undefined && created > filter.createdAfter)) &&
    (filter.createdBefore === undefined || (created !== undefined && created < filter.createdBefore))
  )
}

function isAmong<T>(wanted: readonly T[] | undefined, value: T | null): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value))
}

function texts(value: unknown, name: string): readonly string[] {
  return listOf(value, name, 'a string', (item): item is string => typeof item === 'string')
}

function integers(value: unknown, name: string): readonly number[] {
  return listOf(value, name, 'an integer', (item): item is number => Number.isSafeInteger(item))
}

function listOf<T>(
  value: unknown,
  name: string,
  what: string,
  isItem: (item: unknown) => item is T,
): readonly T[] {
  const items: readonly unknown[] = Array.isArray(value) ? Array.from(value) : [value]
  return items.map((item) => {
    if (!isItem(item))
      throw new TypeError(`${name} must be ${what} or a list of them; operators are not known`)
    return item
  })
}

function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`)
  return value
}

function moment(value: unknown, name: string): number {
  const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value
  const micros = typeof text === 'string' ? timestampMicros(text) : undefined
  if (micros === undefined) throw new TypeError(`${name} must be an ISO 8601 timestamp or a Date`)
  return micros
}
