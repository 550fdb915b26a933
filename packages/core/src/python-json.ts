import type { JsonValue } from './json-value.js'
import { replaceOutsideStrings } from './outside-strings.js'
import { formatPythonString } from './python-string.js'

/**
 * Python's `json` text, both ways, because a data directory is read and written by Python programs too.
 * Source of the format: CPython `Lib/json/encoder.py` (`indent=2`, `ensure_ascii=True`) and `float.__repr__`.
 */

/** A number that Python would hold as a `float`, so that `1` is written `1.0`. */
export class PythonFloat {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** What {@link formatPythonJson} takes: JSON values and numbers marked as floats. */
export type PythonValue =
  | JsonValue
  | PythonFloat
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue }

/**
 * The text `json.dump(value, indent=2)` gives: ASCII only, two blanks a level.
 * @param level how many levels deep the value stands in its file; its first line is not indented.
 */
export function formatPythonJson(value: PythonValue, level = 0): string {
  if (typeof value === 'string') return formatPythonString(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number')
    return Number.isInteger(value) ? formatInteger(value) : formatPythonFloat(value)
  if (value instanceof PythonFloat) return formatPythonFloat(value.value)
  const inner = lineStart(level + 1)
  let lines = ''
  if (isArray(value)) {
    for (const item of value) lines += (lines === '' ? '' : ',') + inner + formatPythonJson(item, level + 1)
    return lines === '' ? '[]' : `[${lines}${lineStart(level)}]`
  }
  for (const key of Object.keys(value)) {
    const item = formatPythonJson(value[key] as PythonValue, level + 1)
    lines += `${lines === '' ? '' : ','}${inner}${formatPythonString(key)}: ${item}`
  }
  return lines === '' ? '{}' : `{${lines}${lineStart(level)}}`
}

/** Made once for the levels that nearly every record has. */
const lineStarts = Array.from({ length: 8 }, (_, level) => `\n${'  '.repeat(level)}`)

function lineStart(level: number): string {
  return lineStarts[level] ?? `\n${'  '.repeat(level)}`
}

/**
 * `repr(float)`: the shortest digits that round-trip, an exponent below 1e-4 and from 1e16 on, always a point.
 * @throws {RangeError} for NaN and infinities, which JSON cannot hold.
 */
export function formatPythonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written as JSON`)
  if (Object.is(value, -0)) return '-0.0'
  if (value === 0) return '0.0'
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(exponentText)
  const sign = value < 0 ? '-' : ''
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const power = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}

/**
 * Parses JSON as Python's decoder does, which lets `NaN`, `Infinity` and `-Infinity` stand for numbers; they become
 * `null`, since no field of ours can hold them. So do numbers past float64, such as an integer of 400 digits.
 * @throws {SyntaxError} as `JSON.parse`.
 */
export function parsePythonJson(text: string): JsonValue {
  // Without an exponent of three digits a number needs 210 digits before its point to get past float64.
  const reviver = /\d{210}|\d[eE]\+?\d{3}/.test(text) ? finiteOrNull : undefined
  try {
    return JSON.parse(text, reviver) as JsonValue
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return JSON.parse(replaceOutsideStrings(text, /-?Infinity|NaN/g, 'null'), reviver) as JsonValue
  }
}

/**
 * The same JSON text without the white space between its tokens, so that two texts can be compared token by token:
 * numbers, escapes and the order of keys count, layout does not.
 */
export function stripJsonLayout(text: string): string {
  return replaceOutsideStrings(text, /[ \t\r\n]+/g, '')
}

function finiteOrNull(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}

function formatInteger(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  return Number.isSafeInteger(value) ? String(value) : formatPythonFloat(value)
}

function isArray(value: object): value is readonly PythonValue[] {
  return Array.isArray(value)
}
