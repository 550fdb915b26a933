import { toSnakeCase } from './field-names.js'
import { isPlainObject, type JsonValue, toJsonValue } from './json-value.js'
import { MemoryError } from './memory-error.js'

/** A record's input, sorted: the known fields by their camelCase name, and everything else. */
export interface SplitFields {
  readonly known: Readonly<Record<string, unknown>>
  readonly extra: Readonly<Record<string, JsonValue>>
}

/**
 * Sorts an object of a caller or of a file into known fields and others. A known field may go by its camelCase or
 * its snake_case name; `extra` holds what an earlier parse found unknown. Others are copied as JSON.
 * @throws {MemoryError} `INVALID_NODE` when it is no plain object, when a field is given under both names, or when
 * an unknown value is not JSON.
 */
export function splitFields(input: unknown, what: string, fields: readonly string[]): SplitFields {
  if (!isPlainObject(input)) throw new MemoryError('INVALID_NODE', `${what} must be an object`)
  const camelNames = new Map<string, string>()
  for (const name of fields) camelNames.set(name, name).set(toSnakeCase(name), name)
  const known = new Map<string, unknown>()
  const extra = new Map<string, JsonValue>()
  const addExtra = (key: string, value: unknown) => {
    if (camelNames.has(key) || extra.has(key)) {
      throw new MemoryError('INVALID_NODE', `${what}.${key} is given twice`)
    }
    extra.set(key, toJsonValue(value, `${what}.${key}`))
  }
  for (const key of Object.keys(input)) {
    const value = input[key]
    const name = camelNames.get(key)
    if (value === undefined) continue
    if (name !== undefined) {
      if (known.has(name))
        throw new MemoryError('INVALID_NODE', `${what}.${name} is given under both its names`)
      known.set(name, value)
    } else if (key === 'extra') {
      if (!isPlainObject(value)) throw new MemoryError('INVALID_NODE', `${what}.extra must be an object`)
      for (const inner of Object.keys(value)) addExtra(inner, value[inner])
    } else {
      addExtra(key, value)
    }
  }
  return { known: Object.fromEntries(known), extra: Object.fromEntries(extra) }
}
