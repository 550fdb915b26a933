import { toSnakeCase } from './field-names.js'
import { isPlainObject, type JsonValue, parsedJson, toJsonValue } from './json-value.js'
import { MemoryError } from './memory-error.js'

/** A record's input, sorted: the known fields by their camelCase name, and everything else. */
export interface SplitFields {
  readonly known: Readonly<Record<string, unknown>>
  readonly extra: Readonly<Record<string, JsonValue>>
}

/**
 * Sorts an object of a caller into known fields and others. A known field may go by its camelCase or its snake_case
 * name; `extra` holds what an earlier parse found unknown. Everything is read once and copied as JSON, but for
 * `embedding`.
 * @throws {MemoryError} `INVALID_NODE` when it is no plain object, when a field is given under both names, or when
 * an object, an array or an unknown value is not JSON.
 */
export function splitFields(input: unknown, what: string, fields: readonly string[]): SplitFields {
  if (!isPlainObject(input)) throw new MemoryError('INVALID_NODE', `${what} must be an object`)
  const camelNames = fieldNames(fields).both
  const known: Record<string, unknown> = {}
  // A map, since a key may be `__proto__`.
  let extra: Map<string, JsonValue> | undefined
  const addExtra = (key: string, value: unknown) => {
    extra ??= new Map()
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
      if (known[name] !== undefined)
        throw new MemoryError('INVALID_NODE', `${what}.${name} is given under both its names`)
      known[name] = isObject(value) && name !== 'embedding' ? toJsonValue(value, `${what}.${name}`) : value
    } else if (key === 'extra') {
      if (!isPlainObject(value)) throw new MemoryError('INVALID_NODE', `${what}.extra must be an object`)
      for (const inner of Object.keys(value)) addExtra(inner, value[inner])
    } else {
      addExtra(key, value)
    }
  }
  return { known, extra: extra === undefined ? {} : Object.fromEntries(extra) }
}

/**
 * Sorts a stored object, fresh from the JSON parser: its values are taken over, not copied. Fields go by their
 * snake_case name only, `null` counts as absent, and every other key, also one that means something to a caller
 * (`extra`, `embedding`, `humanContent`), is an unknown one that is kept.
 * @throws {MemoryError} `INVALID_NODE` when it is no object, or is nested too deep.
 */
export function splitStoredFields(input: unknown, what: string, fields: readonly string[]): SplitFields {
  if (!isPlainObject(input)) throw new MemoryError('INVALID_NODE', `${what} must be an object`)
  const names = fieldNames(fields).stored
  const known: Record<string, unknown> = {}
  // A map, since a key may be `__proto__`.
  let extra: Map<string, JsonValue> | undefined
  for (const key of Object.keys(input)) {
    const value = input[key]
    const name = names.get(key)
    if (name === undefined) {
      extra ??= new Map()
      extra.set(key, parsedJson(value, `${what}.${key}`))
    } else if (value !== null) {
      known[name] = isObject(value) ? parsedJson(value, `${what}.${name}`) : value
    }
  }
  return { known, extra: extra === undefined ? {} : Object.fromEntries(extra) }
}

/** A list of fields by the names they go by, which every record asks for. */
interface FieldNames {
  /** The camelCase name by the snake_case one. */
  readonly stored: ReadonlyMap<string, string>
  /** The camelCase name by either. */
  readonly both: ReadonlyMap<string, string>
}

const namesOf = new WeakMap<readonly string[], FieldNames>()

/** Worked out once for a list. */
function fieldNames(fields: readonly string[]): FieldNames {
  const known = namesOf.get(fields)
  if (known !== undefined) return known
  const stored = new Map(fields.map((name) => [toSnakeCase(name), name]))
  const names = { stored, both: new Map([...fields.map((name) => [name, name] as const), ...stored]) }
  namesOf.set(fields, names)
  return names
}

/** Objects are copied; anything else is left to the schema, so that it can name every wrong field at once. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
