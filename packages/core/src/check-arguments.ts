import { isPlainObject } from './json-value.js'

/**
 * Refuses options that are no object or have a key that nobody reads: a misspelt option must not pass for a default.
 * @throws {TypeError}
 */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (!isPlainObject(options)) throw new TypeError('options must be an object')
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`unknown option ${JSON.stringify(key)}; known are ${known.join(', ')}`)
    }
  }
}

/** @throws {TypeError} when it is no integer, {RangeError} when it is out of bounds. */
export function checkInteger(
  value: unknown,
  name: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`${name} must be an integer`)
  if (value < min || value > max) throw new RangeError(`${name} must be ${min} to ${max}, not ${value}`)
  return value
}

/** @throws {TypeError} when it is no finite number. */
export function checkFinite(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new TypeError(`${name} must be a finite number`)
  return value
}

/** @throws {TypeError} when it is no string. */
export function checkString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`)
  return value
}

/** @throws {TypeError} when it is no boolean. */
export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`)
  return value
}

/** @throws {TypeError} when it is no list of strings. The result is a copy. */
export function checkStrings(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array of strings`)
  return Array.from(value, (item: unknown, index) => checkString(item, `${name}[${index}]`))
}

/** @throws {TypeError} when it is not one of the choices. */
export function checkChoice<T extends string>(value: unknown, name: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) throw new TypeError(`${name} must be one of ${choices.join(', ')}`)
  return choice
}
