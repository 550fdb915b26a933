import { MemoryError } from '@holdfast/core'

/** One element of a JSON array, as bytes. */
export interface JsonElement {
  readonly index: number
  /** Of its first byte in the file. */
  readonly offset: number
  /** Only valid until the splitter gets its next chunk. */
  readonly bytes: Uint8Array
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const open = 0x5b
const close = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Bytes of a string after which it counts as a long one. */
const shortString = 24

type Place = 'before' | 'first' | 'value' | 'scalar' | 'string' | 'nested' | 'after' | 'end'

/**
 * Where the object or array ends that begins at `start`; `undefined` when that is not known, or not in this chunk. Who
 * reads the elements anyway can save the splitter its own way through them.
 */
export type SkimElement = (chunk: Uint8Array, start: number) => number | undefined

export interface JsonArraySplitterOptions {
  /** Bytes an element may have; a string that is never closed would otherwise be collected whole. 128 MiB. */
  readonly maxElement?: number
  /** Called for each element that begins with a bracket, just before it is given. */
  readonly skim?: SkimElement
}

/**
 * Cuts a JSON array into its elements without parsing them, chunk by chunk, so that neither the file nor its text has
 * to fit into memory. It knows strings, escapes and depth; whether an element itself is JSON is for the caller to
 * find out. Bytes of a multi-byte character are never mistaken for syntax: in UTF-8 they are all above 0x7f.
 */
export class JsonArraySplitter {
  readonly #name: string
  readonly #maxElement: number
  readonly #skim: SkimElement
  #place: Place = 'before'
  #position = 0
  #index = 0
  #depth = 0
  #inString = false
  #escaped = false
  #elementStart = 0
  /** The part of the current element that stood in earlier chunks. */
  #carried: Uint8Array[] = []
  #carriedLength = 0

  /** @param name of the file, for messages. */
  constructor(
    name: string,
    { maxElement = 128 * 1024 * 1024, skim = () => undefined }: JsonArraySplitterOptions = {},
  ) {
    this.#name = name
    this.#maxElement = maxElement
    this.#skim = skim
  }

  /** @throws {MemoryError} `CORRUPT`, naming file, element and byte. */
  *push(chunk: Uint8Array): Generator<JsonElement> {
    const base = this.#position
    let start = 0
    let i = 0
    while (i < chunk.length) {
      if (this.#place === 'nested') {
        i = this.#skipNested(chunk, i)
        if (this.#depth > 0) break
        yield this.#finish(chunk, start, i)
        continue
      }
      const byte = chunk[i] ?? 0
      if (this.#place === 'string' || this.#place === 'scalar') {
        if (this.#place === 'scalar' && (byte === comma || byte === close || isBlank(byte))) {
          yield this.#finish(chunk, start, i)
          continue
        }
        i += 1
        if (this.#place === 'scalar') continue
        if (this.#escaped) this.#escaped = false
        else if (byte === backslash) this.#escaped = true
        else if (byte === quote) yield this.#finish(chunk, start, i)
        continue
      }
      const at = base + i
      if (isBlank(byte)) {
        i += 1
        continue
      }
      start = i
      i += this.#enter(byte, at)
      if (!this.#isNested()) continue
      const skimmed = this.#skim(chunk, i)
      if (skimmed === undefined) continue
      i = skimmed
      yield this.#finish(chunk, start, i)
    }
    this.#position = base + chunk.length
    if (this.#isInside()) this.#carry(chunk.subarray(start))
  }

  /** To be called after the last chunk. @returns the number of elements. */
  end(): number {
    if (this.#place !== 'end') {
      const where = this.#isInside() ? `inside element ${this.#index}` : `after ${this.#index} elements`
      throw this.#damaged(`is cut off ${where}`, this.#position)
    }
    return this.#index
  }

  /** A byte outside of any element. @returns how many bytes it used up. */
  #enter(byte: number, at: number): number {
    switch (this.#place) {
      case 'before':
        if (byte !== open) throw this.#damaged('is not a JSON array', at)
        this.#place = 'first'
        return 1
      case 'after':
        if (byte !== comma && byte !== close) {
          throw this.#damaged(`has neither a comma nor the end after element ${this.#index - 1}`, at)
        }
        this.#place = byte === comma ? 'value' : 'end'
        return 1
      case 'end':
        throw this.#damaged('goes on after the end of the array', at)
      default:
        if (byte === close && this.#place === 'first') {
          this.#place = 'end'
          return 1
        }
        if (byte === comma || byte === close) throw this.#damaged(`lacks element ${this.#index}`, at)
        this.#elementStart = at
        if (byte === quote) {
          this.#place = 'string'
          return 1
        }
        this.#place = byte === open || byte === openBrace ? 'nested' : 'scalar'
        return 0
    }
  }

  /** The hot loop. @returns where it stopped: behind the element when the depth is 0, else at the chunk's end. */
  #skipNested(chunk: Uint8Array, from: number): number {
    const end = chunk.length
    let depth = this.#depth
    let inString = this.#inString
    let i = from
    let longFrom = i + shortString
    if (this.#escaped && i < end) {
      this.#escaped = false
      i += 1
    }
    while (i < end) {
      const byte = chunk[i]
      i += 1
      if (inString) {
        if (byte === quote) inString = false
        else if (byte === backslash) {
          if (i === end) this.#escaped = true
          i += 1
        } else if (i >= longFrom) {
          // Most bytes stand in a few long strings, whose quotes the system finds faster.
          const found = chunk.indexOf(quote, i)
          const next = found < 0 ? end : found
          const isEscaped = endsEscaping(chunk, i, next)
          i = next
          if (isEscaped) {
            if (i === end) this.#escaped = true
            i += 1
          }
          longFrom = i + shortString
        }
      } else if (byte === quote) {
        inString = true
        longFrom = i + shortString
      } else if (byte === openBrace || byte === open) depth += 1
      else if (byte === closeBrace || byte === close) {
        depth -= 1
        if (depth === 0) break
      }
    }
    this.#depth = depth
    this.#inString = inString
    return Math.min(i, end)
  }

  #finish(chunk: Uint8Array, start: number, end: number): JsonElement {
    const last = chunk.subarray(this.#carriedLength > 0 ? 0 : start, end)
    const bytes = this.#carriedLength > 0 ? concatenate([...this.#carried, last]) : last
    this.#carried = []
    this.#carriedLength = 0
    this.#place = 'after'
    this.#index += 1
    return { index: this.#index - 1, offset: this.#elementStart, bytes }
  }

  #carry(rest: Uint8Array): void {
    this.#carried.push(rest.slice())
    this.#carriedLength += rest.length
    if (this.#carriedLength > this.#maxElement) {
      throw this.#damaged(
        `has an element ${this.#index} of more than ${this.#maxElement} bytes`,
        this.#elementStart,
      )
    }
  }

  #isNested(): boolean {
    return this.#place === 'nested'
  }

  #isInside(): boolean {
    return this.#place === 'nested' || this.#place === 'string' || this.#place === 'scalar'
  }

  #damaged(what: string, at: number): MemoryError {
    return new MemoryError('CORRUPT', `${this.#name} ${what} (byte ${at})`)
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Whether these bytes of a string, the first of which nothing escapes, end with a backslash that escapes the next one. */
function endsEscaping(chunk: Uint8Array, from: number, to: number): boolean {
  let at = to
  while (at > from && chunk[at - 1] === backslash) at -= 1
  return (to - at) % 2 === 1
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
