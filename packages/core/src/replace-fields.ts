import { formatPythonJson } from './python-json.js'
import type { RecordText } from './record-text.js'

interface Member {
  readonly key: string
  readonly valueStart: number
  readonly valueEnd: number
}

/**
 * The text of a JSON object in which the values of some keys of its own, not of objects inside it, are other texts.
 * Everything else stays as it is, character for character: white space, order, unknown keys, the form of numbers and
 * escapes, and the `NaN` and `Infinity` that Python writes.
 *
 * A key that is there more than once gets its new value each time. One that is not there is added behind the last
 * member: on a line of its own, indented as the first member, when that stands on one; else on the same line.
 * Takes time linear in the length of the text, however deep it is.
 *
 * @param fields the new values as JSON text, by key. They are not looked into.
 * @throws {TypeError} when the text is no JSON object. What stands inside the values is only checked for closed
 *   strings and matching brackets.
 */
export function replaceFields(text: RecordText, fields: ReadonlyMap<string, string>): RecordText {
  const missing = new Map(fields)
  const open = skipBlanks(text, 0)
  if (text[open] !== '{') throw noObject(open)
  const inside = open + 1
  const first = skipBlanks(text, inside)
  let result = ''
  let copiedTo = 0
  let last = inside
  for (const { key, valueStart, valueEnd } of readMembers(text, first)) {
    last = valueEnd
    const value = fields.get(key)
    if (value === undefined) continue
    result += text.slice(copiedTo, valueStart) + value
    copiedTo = valueEnd
    missing.delete(key)
  }
  if (missing.size > 0) {
    const isEmpty = last === inside
    const line = lineStart(text.slice(inside, first))
    const lead = isEmpty && line !== '' ? `${line}  ` : line
    const separator = `,${lead || ' '}`
    const added = [...missing].map(([key, value]) => `${formatPythonJson(key)}: ${value}`)
    result += text.slice(copiedTo, last) + (isEmpty ? lead : separator) + added.join(separator)
    copiedTo = last
  }
  return result + text.slice(copiedTo)
}

/** @param at where the first key or the closing brace stands. */
function* readMembers(text: string, at: number): Generator<Member> {
  let position = at
  if (text[position] === '}') return expectEnd(text, position + 1)
  for (;;) {
    const start = position
    if (text[start] !== '"') throw noObject(start)
    const keyEnd = endOfString(text, start)
    const colon = skipBlanks(text, keyEnd)
    if (text[colon] !== ':') throw noObject(colon)
    const valueStart = skipBlanks(text, colon + 1)
    const valueEnd = endOfValue(text, valueStart)
    yield { key: readKey(text, start, keyEnd), valueStart, valueEnd }
    position = skipBlanks(text, valueEnd)
    if (text[position] === '}') return expectEnd(text, position + 1)
    if (text[position] !== ',') throw noObject(position)
    position = skipBlanks(text, position + 1)
  }
}

function expectEnd(text: string, at: number): void {
  const end = skipBlanks(text, at)
  if (end < text.length) throw noObject(end)
}

function readKey(text: string, start: number, end: number): string {
  const key = text.slice(start + 1, end - 1)
  if (!key.includes('\\')) return key
  try {
    return String(JSON.parse(text.slice(start, end)))
  } catch (cause) {
    throw noObject(start, cause)
  }
}

function endOfValue(text: string, start: number): number {
  const character = text[start]
  if (character === '"') return endOfString(text, start)
  if (character === '{' || character === '[') return endOfNested(text, start)
  let end = start
  while (isScalarCharacter(text.charCodeAt(end))) end += 1
  if (end === start) throw noObject(start)
  return end
}

function endOfNested(text: string, start: number): number {
  const closers: string[] = []
  let position = start
  while (position < text.length) {
    const character = text[position]
    if (character === '"') {
      position = endOfString(text, position)
      continue
    }
    if (character === '{') closers.push('}')
    else if (character === '[') closers.push(']')
    else if (character === '}' || character === ']') {
      if (closers.pop() !== character) throw noObject(position)
      if (closers.length === 0) return position + 1
    }
    position += 1
  }
  throw noObject(position)
}

/** @param start of the opening quote. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote
    while (before - 1 > start && text[before - 1] === '\\') before -= 1
    if ((quote - before) % 2 === 0) return quote + 1
  }
  throw noObject(text.length)
}

/** What begins a line of the layout: the last line break of the white space and what follows it; '' without one. */
function lineStart(blanks: string): string {
  const last = Math.max(blanks.lastIndexOf('\n'), blanks.lastIndexOf('\r'))
  if (last < 0) return ''
  return blanks.slice(blanks.startsWith('\r\n', last - 1) ? last - 1 : last)
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1
  return at
}

/** Of a number or a word such as `true` or `NaN`. */
function isScalarCharacter(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39
  const letter = code | 0x20
  return isDigit || (letter >= 0x61 && letter <= 0x7a) || code === 0x2b || code === 0x2d || code === 0x2e
}

function noObject(at: number, cause?: unknown): TypeError {
  return new TypeError(`the text is no JSON object (character ${at})`, cause === undefined ? {} : { cause })
}
