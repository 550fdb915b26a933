const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const minus = 0x2d
const point = 0x2e
const zero = 0x30
const maxDepth = 100
/** Digits that a number may have and be an integer of float64 for sure. */
const safeDigits = 15
const unclear = -1

/** Bytes that stand for themselves in a string. */
const isPlain = tableOf((byte) => byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash)
const isDigit = tableOf((byte) => byte >= zero && byte <= 0x39)
const isHex = tableOf((byte) => /[0-9a-f]/i.test(String.fromCharCode(byte)))
const isShortEscape = tableOf((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)))
const isBlank = tableOf((byte) => ' \n\r\t'.includes(String.fromCharCode(byte)))
const literals: readonly Uint8Array[] = ['null', 'true', 'false'].map((word) => Buffer.from(word))

/** What a field holds: text, an integer, or `null`. */
export type SkimmedValue = string | number | null

export interface SkimmedObject {
  /** Of each name, as `JSON.parse` gives it; `undefined` where the object has no such field. */
  readonly values: readonly (SkimmedValue | undefined)[]
  /** Behind the last byte of the object. */
  readonly end: number
}

/**
 * Reads a few fields of a JSON object without making anything of the others. It goes over every byte, so that what it
 * accepts `JSON.parse` accepts; but it only knows what is usual.
 * @param start of the object. What comes behind it may be anything.
 * @param names of the fields, ASCII.
 * @returns `undefined` for what has to be parsed: no whole object, bytes past ASCII, or something else than a
 * {@link SkimmedValue} in one of these fields.
 */
export function skimObject(
  bytes: Uint8Array,
  start: number,
  names: readonly Uint8Array[],
): SkimmedObject | undefined {
  const values = new Array<SkimmedValue | undefined>(names.length).fill(undefined)
  let buffer: Buffer | undefined
  if (byteAt(bytes, start) !== 0x7b) return undefined
  let at = skipBlank(bytes, start + 1)
  if (byteAt(bytes, at) === 0x7d) return { values, end: at + 1 }
  for (;;) {
    if (byteAt(bytes, at) !== quote) return undefined
    const key = at + 1
    at = skipString(bytes, key)
    if (at === unclear) return undefined
    const name = findName(bytes, key, at - 1, names)
    if (name === unclear) return undefined
    at = skipBlank(bytes, at)
    if (byteAt(bytes, at) !== colon) return undefined
    const value = skipBlank(bytes, at + 1)
    at = skipValue(bytes, value, 0)
    if (at === unclear) return undefined
    if (name < names.length) {
      buffer ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const read = readSkimmedValue(buffer, value, at)
      if (read === undefined) return undefined
      values[name] = read
    }
    at = skipBlank(bytes, at)
    if (byteAt(bytes, at) === 0x7d) return { values, end: at + 1 }
    if (byteAt(bytes, at) !== comma) return undefined
    at = skipBlank(bytes, at + 1)
  }
}

/** Number of a key among the names, or how many they are. A key with an escape may be any. */
function findName(bytes: Uint8Array, start: number, end: number, names: readonly Uint8Array[]): number {
  for (let number = 0; number < names.length; number++) {
    const name = names[number]
    if (name !== undefined && name.length === end - start && isAt(bytes, start, name)) return number
  }
  for (let at = start; at < end; at++) if (byteAt(bytes, at) === backslash) return unclear
  return names.length
}

/**
 * A value of JSON that is whole.
 * @returns `undefined` for what is no {@link SkimmedValue}.
 */
export function readSkimmedValue(bytes: Buffer, start: number, end: number): SkimmedValue | undefined {
  const first = byteAt(bytes, start)
  if (first === quote) {
    for (let at = start + 1; at < end - 1; at++) if (byteAt(bytes, at) === backslash) return undefined
    return bytes.toString('latin1', start + 1, end - 1)
  }
  if (first === 0x6e) return null
  const digits = first === minus ? start + 1 : start
  // A zero may have a sign.
  if (end - digits > safeDigits || (first === minus && byteAt(bytes, digits) === zero)) return undefined
  let value = 0
  for (let at = digits; at < end; at++) {
    const byte = byteAt(bytes, at)
    if (isDigit[byte] === 0) return undefined
    value = value * 10 + byte - zero
  }
  return first === minus ? -value : value
}

/** @returns where the value that begins there ends. */
function skipValue(bytes: Uint8Array, start: number, depth: number): number {
  const first = byteAt(bytes, start)
  if (first === quote) return skipString(bytes, start + 1)
  if (first === minus || isDigit[first] === 1) return skipNumber(bytes, start)
  if (first === 0x7b || first === 0x5b) return skipNested(bytes, start, depth + 1)
  for (const word of literals) if (isAt(bytes, start, word)) return start + word.length
  return unclear
}

function skipNested(bytes: Uint8Array, start: number, depth: number): number {
  const isObject = byteAt(bytes, start) === 0x7b
  const close = isObject ? 0x7d : 0x5d
  if (depth > maxDepth) return unclear
  let at = skipBlank(bytes, start + 1)
  if (byteAt(bytes, at) === close) return at + 1
  for (;;) {
    if (isObject) {
      if (byteAt(bytes, at) !== quote) return unclear
      at = skipString(bytes, at + 1)
      if (at === unclear) return unclear
      at = skipBlank(bytes, at)
      if (byteAt(bytes, at) !== colon) return unclear
      at = skipBlank(bytes, at + 1)
    }
    at = skipValue(bytes, at, depth)
    if (at === unclear) return unclear
    at = skipBlank(bytes, at)
    if (byteAt(bytes, at) === close) return at + 1
    if (byteAt(bytes, at) !== comma) return unclear
    at = skipBlank(bytes, at + 1)
  }
}

/** @param start behind the first quote. @returns behind the last one. */
function skipString(bytes: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    let byte = byteAt(bytes, at)
    while (isPlain[byte] === 1) byte = byteAt(bytes, ++at)
    if (byte === quote) return at + 1
    if (byte !== backslash) return unclear
    const letter = byteAt(bytes, at + 1)
    at += 2
    if (isShortEscape[letter] === 1) continue
    if (letter !== 0x75) return unclear
    for (const end = at + 4; at < end; at++) if (isHex[byteAt(bytes, at)] === 0) return unclear
  }
}

function skipNumber(bytes: Uint8Array, start: number): number {
  let at = byteAt(bytes, start) === minus ? start + 1 : start
  const first = at
  at = skipDigits(bytes, at)
  if (at === first || (byteAt(bytes, first) === zero && at > first + 1)) return unclear
  if (byteAt(bytes, at) === point) {
    const fraction = at + 1
    at = skipDigits(bytes, fraction)
    if (at === fraction) return unclear
  }
  if (byteAt(bytes, at) !== 0x65 && byteAt(bytes, at) !== 0x45) return at
  at += 1
  if (byteAt(bytes, at) === minus || byteAt(bytes, at) === 0x2b) at += 1
  const exponent = at
  at = skipDigits(bytes, exponent)
  return at === exponent ? unclear : at
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit[byteAt(bytes, at)] === 1) at += 1
  return at
}

function skipBlank(bytes: Uint8Array, start: number): number {
  let at = start
  while (isBlank[byteAt(bytes, at)] === 1) at += 1
  return at
}

function isAt(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let at = 0; at < word.length; at++) if (byteAt(bytes, start + at) !== word[at]) return false
  return true
}

function tableOf(has: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0))
}

/** 0 behind the end, where a read would be slow for good once it has been tried. */
function byteAt(bytes: Uint8Array, at: number): number {
  return at < bytes.length ? (bytes[at] ?? 0) : 0
}
