import { type GrowingMemory, instantiate, type WebAssemblyPart } from '../wasm/web-assembly.js'
import { skimObjectBytes } from './generated/skim-object-bytes.js'
import { readSkimmedValue, type SkimmedObject, type SkimmedValue, skimObject } from './skim-object.js'

const pageBytes = 1 << 16
/** Bytes behind a chunk: a zero that ends it, and what is loaded with that. */
const padding = 64
/** Bytes a name has room in, behind four for its length. */
const nameBytes = 64
const maxName = nameBytes - 4

/** Reads the same few fields of many objects. */
export interface ObjectSkimmer {
  /** Where chunks of a file are read into; only objects in these can be skimmed. */
  readonly buffers: readonly [Uint8Array, Uint8Array]
  /** As {@link skimObject}. */
  skim(bytes: Uint8Array, start: number): SkimmedObject | undefined
}

/**
 * The fastest way for this process: WebAssembly with SIMD in a memory of its own, else {@link skimObject}.
 * @param names of the fields, ASCII, up to 60 bytes each.
 * @param bufferBytes of each buffer.
 * @param engine `undefined` for doing without.
 */
export function createObjectSkimmer(
  names: readonly Uint8Array[],
  bufferBytes: number,
  engine: WebAssemblyPart | undefined,
): ObjectSkimmer {
  return (
    withWebAssembly(names, bufferBytes, engine) ?? {
      buffers: [new Uint8Array(bufferBytes), new Uint8Array(bufferBytes)],
      skim: (bytes, start) => skimObject(bytes, start, names),
    }
  )
}

function withWebAssembly(
  names: readonly Uint8Array[],
  bufferBytes: number,
  engine: WebAssemblyPart | undefined,
): ObjectSkimmer | undefined {
  if (engine === undefined) return undefined
  const stride = bufferBytes + padding
  const namesAt = Math.ceil((2 * stride) / nameBytes) * nameBytes
  const placesAt = namesAt + names.length * nameBytes
  const pages = Math.ceil((placesAt + names.length * 8) / pageBytes)
  // Of its final size at once: a memory that grows makes every typed array of the process slower from then on.
  const memory = memoryOf(pages, engine)
  if (memory === undefined) return undefined
  const exports = instantiate(skimObjectBytes, memory, engine)
  if (exports === undefined) return undefined
  const all = Buffer.from(memory.buffer)
  for (const [number, name] of names.entries()) {
    if (name.length > maxName) throw new RangeError(`a name of ${name.length} bytes is too long`)
    const at = namesAt + number * nameBytes
    all[at] = name.length
    all.set(name, at + 4)
  }
  const setNames = exports.setNames as (names: number, count: number) => void
  setNames(namesAt, names.length)
  const skim = exports.skim as (at: number, places: number) => number
  const places = new Int32Array(memory.buffer, placesAt, names.length * 2)
  return {
    buffers: [
      new Uint8Array(memory.buffer, 0, bufferBytes),
      new Uint8Array(memory.buffer, stride, bufferBytes),
    ],
    skim(bytes, start) {
      if (bytes.buffer !== memory.buffer) throw new RangeError('the object is in another memory')
      all[bytes.byteOffset + bytes.length] = 0
      const end = skim(bytes.byteOffset + start, placesAt)
      if (end < 0) return undefined
      const values = new Array<SkimmedValue | undefined>(names.length).fill(undefined)
      for (let number = 0; number < names.length; number++) {
        const [from = 0, to = 0] = [places[number * 2], places[number * 2 + 1]]
        if (to === 0) continue
        const value = readSkimmedValue(all, from, to)
        if (value === undefined) return undefined
        values[number] = value
      }
      return { values, end: end - bytes.byteOffset }
    },
  }
}

/** @returns `undefined` where there is no room: each memory sets many addresses aside. */
function memoryOf(pages: number, engine: WebAssemblyPart): GrowingMemory | undefined {
  try {
    return new engine.Memory({ initial: pages, maximum: pages, shared: false })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
