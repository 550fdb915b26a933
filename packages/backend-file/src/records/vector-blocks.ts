import { MemoryError } from '@holdfast/core'
import { allSettledOrThrow } from '../disk/all-settled-or-throw.js'
import type { Place } from '../disk/place.js'
import type { RecentRanges } from '../disk/recent-ranges.js'
import { giveBlockBuffer, takeBlockBuffer } from './block-buffers.js'
import type { RecordIndex } from './record-index.js'
import type { Rows } from './row-list.js'

/** Vectors that were read together: `data` holds one after the other, in the order of `rows`. */
export interface VectorBlock {
  readonly rows: readonly number[]
  /** Values a vector has. */
  readonly columns: number
  /** Only valid until the next block is asked for. */
  readonly data: Float32Array
  readonly places: readonly Place[]
}

/** Bytes of vectors in memory at once, times two. */
export const blockBytes = 1 << 20
/** Separate ranges that are read at the same time. */
const maxReads = 32

export interface BlockReading {
  /**
   * What was read lately, and is to be kept for a while: of each block as soon as the next one is asked for, so that a
   * caller who throws because of what it got has nothing kept of it. Without it nothing is.
   */
  readonly recent?: RecentRanges
  /** What the blocks are read into in turn; they belong to this reading until it has ended. Else it takes its own. */
  readonly buffers?: readonly Float32Array[]
}

/** The vectors of some rows in their order, block by block; rows that have none are left out. */
export async function* vectorBlocks(
  index: Pick<RecordIndex, 'vector'>,
  rows: Rows,
  signal: AbortSignal | undefined,
  { recent, buffers = [] }: BlockReading = {},
): AsyncGenerator<VectorBlock> {
  const own = new Map<number, Float32Array<ArrayBuffer>>()
  let at = 0
  const start = (turn: number) => {
    const wanted: number[] = []
    const places: Place[] = []
    for (let bytes = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0
      const place = index.vector(row)
      if (place === undefined) continue
      if (wanted.length > 0 && bytes + place.length > blockBytes) break
      bytes += place.length
      wanted.push(row)
      places.push(place)
    }
    const columns = (places[0]?.length ?? 0) / 4
    const values = wanted.length * columns
    const given = buffers[turn % 2]
    const buffer = given !== undefined && given.length >= values ? given : ownBuffer(own, turn % 2, values)
    const data = buffer.subarray(0, values)
    const reading = recent === undefined ? fill(data, places) : fillMissing(data, places, recent)
    // Whoever stops listening early must not turn a read error into an unhandled rejection.
    reading.catch(() => {})
    return { block: { rows: wanted, columns, data, places }, reading }
  }
  let turn = 0
  let next = rows.length > 0 ? start(turn) : undefined
  try {
    while (next !== undefined) {
      signal?.throwIfAborted()
      const { block, reading }: ReturnType<typeof start> = next
      const read = await reading
      turn += 1
      // The next block is read while the caller computes with this one.
      next = at < rows.length ? start(turn) : undefined
      if (block.rows.length > 0) yield block
      // Only what the caller has not objected to: what a disk gets wrong once, it may get right the next time.
      for (const { place, into } of read) recent?.add(place, into)
    }
  } finally {
    // Nobody may use the buffer, or close the file, under a read that is still going on.
    await next?.reading.catch(() => {})
    for (const buffer of own.values()) giveBlockBuffer(buffer)
  }
}

/** @param own by turn. */
function ownBuffer(
  own: Map<number, Float32Array<ArrayBuffer>>,
  turn: number,
  values: number,
): Float32Array<ArrayBuffer> {
  const buffer = own.get(turn)
  if (buffer !== undefined && buffer.length >= values) return buffer
  const larger = takeBlockBuffer(values)
  // Not before: where there is no memory, it is given back at the end, and twice would be to two readers.
  if (buffer !== undefined) giveBlockBuffer(buffer)
  own.set(turn, larger)
  return larger
}

/**
 * One vector of a block. `undefined` when it is all zeros, which stands for none.
 * @throws {MemoryError} `CORRUPT` for a value that is no number, naming the place.
 */
export function vectorOf({ data, columns, places }: VectorBlock, at: number): Float32Array | undefined {
  const vector = data.subarray(at * columns, (at + 1) * columns)
  let isZero = true
  for (const [column, value] of vector.entries()) {
    if (!Number.isFinite(value)) {
      const place = places[at]
      const where = (place?.offset ?? 0) + column * 4
      throw new MemoryError('CORRUPT', `${place?.file.path}: the vector holds ${value} at byte ${where}`)
    }
    if (value !== 0) isZero = false
  }
  return isZero ? undefined : vector.slice()
}

/** What was read of a file, and where it is. */
interface ReadRange {
  readonly place: Place
  readonly into: Uint8Array
}

/** Reads only what was not read lately. @returns what that was. */
async function fillMissing(
  data: Float32Array,
  places: readonly Place[],
  recent: RecentRanges,
): Promise<readonly ReadRange[]> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const missing: ReadRange[] = []
  let filled = 0
  for (const place of places) {
    const into = bytes.subarray(filled, filled + place.length)
    filled += place.length
    if (!recent.copy(place, into)) missing.push({ place, into })
  }
  for (let from = 0; from < missing.length; from += maxReads) {
    const some = missing.slice(from, from + maxReads)
    await allSettledOrThrow(some.map(({ place, into }) => place.file.readHeld(into, place.offset)))
  }
  return missing
}

async function fill(data: Float32Array, places: readonly Place[]): Promise<readonly ReadRange[]> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  let filled = 0
  let reads: Promise<void>[] = []
  for (let from = 0; from < places.length; ) {
    const first = places[from]
    let length = first?.length ?? 0
    let to = from + 1
    for (; to < places.length; to++) {
      const place = places[to]
      if (place?.file !== first?.file || place?.offset !== (first?.offset ?? 0) + length) break
      length += place?.length ?? 0
    }
    const into = bytes.subarray(filled, filled + length)
    if (first !== undefined) reads.push(first.file.readHeld(into, first.offset))
    filled += length
    from = to
    if (reads.length < maxReads && from < places.length) continue
    const done = reads
    reads = []
    await allSettledOrThrow(done)
  }
  return []
}
