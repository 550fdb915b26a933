import { MemoryError } from './memory-error.js'

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/** A JSON object with unknown keys. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** Objects and arrays that may stand in one another; more are refused, so that no later reader runs out of stack. */
const maxLevels = 100

/**
 * Copies a value that must be JSON, so that the result shares nothing with the caller's object.
 * A `Date` becomes its ISO string; getters are read once.
 * @throws {MemoryError} `INVALID_NODE` for `undefined`, functions, symbols, bigints, NaN, infinities, sparse arrays,
 * class instances, cycles and more than 100 objects and arrays within one another; the message names the place.
 */
export function toJsonValue(value: unknown, path: string, level = 1): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse(path, `is ${value}, which JSON cannot hold`)
    return value
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refuse(path, 'is an invalid Date')
    return Date.prototype.toISOString.call(value)
  }
  if (level > maxLevels && typeof value === 'object') {
    throw refuse(path, `is nested deeper than ${maxLevels} levels`)
  }
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) => toJsonValue(item, `${path}[${index}]`, level + 1))
  }
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.keys(value).map((key) => [key, toJsonValue(value[key], `${path}.${key}`, level + 1)]),
    )
  }
  throw refuse(path, `is ${describe(value)}, which JSON cannot hold`)
}

/**
 * A value that the JSON parser has just made, as it is: nobody else holds it, and it can be nothing but JSON.
 * @throws {MemoryError} `INVALID_NODE` as {@link toJsonValue}, for more than 100 levels.
 */
export function parsedJson(value: unknown, path: string): JsonValue {
  return hasFewLevels(value, maxLevels) ? (value as JsonValue) : toJsonValue(value, path)
}

function hasFewLevels(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every((item) => hasFewLevels(item, levels - 1))
  return Object.values(value).every((item) => hasFewLevels(item, levels - 1))
}

/** True for `{…}` and `Object.create(null)`, false for arrays and class instances. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function refuse(path: string, reason: string): MemoryError {
  return new MemoryError('INVALID_NODE', `${path} ${reason}`)
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `a ${value.constructor?.name ?? 'object'}`
    : `a value of type ${typeof value}`
}
