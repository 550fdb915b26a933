import { setImmediate } from 'node:timers/promises'
import { MemoryError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { StoredFile } from '../../src/disk/stored-file.js'
import type { RecordIndex } from '../../src/records/record-index.js'
import { QuantisedRows, rowStride } from '../../src/search/quantised-rows.js'
import { type HeldCopies, VectorCopies } from '../../src/search/vector-copies.js'
import { seed } from '../simulated-disk/seed.js'
import { type VectorRandom, vectorRandom } from './random-vectors.js'

const tooLate = new Error('no longer wanted')
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const never = async () => {
  throw new Error('not expected')
}

/** Vectors of several owners in one file, whose reads are late, in parts, and fail when that is asked for. */
class LateVectors {
  readonly data: Float32Array
  /** One read in so many fails; 0: none. */
  failing = 0
  readonly rowsOf: readonly Int32Array[]
  readonly index: RecordIndex

  constructor(columns: number, counts: readonly number[], { below, normal }: VectorRandom) {
    const owners = Int32Array.from(counts.flatMap((count, owner) => new Array<number>(count).fill(owner)))
    this.data = Float32Array.from({ length: owners.length * columns }, normal)
    // These are lifted where they lie.
    for (let at = 0; at < this.data.length; at++) {
      if (at % (3 * columns) < columns) this.data[at] = (this.data[at] ?? 0) * 2 ** -140
    }
    const bytes = new Uint8Array(this.data.buffer)
    const read = async (into: Uint8Array, position: number) => {
      // Whoever uses a buffer again while it is read into, or before, is found out.
      into.fill(below(256))
      for (let turns = below(4); turns > 0; turns--) await setImmediate()
      if (this.failing > 0 && below(this.failing) === 0)
        throw Object.assign(new Error('EIO'), { code: 'EIO' })
      const count = 1 + below(into.length)
      into.set(bytes.subarray(position, position + count))
      return count
    }
    const other = { write: never, sync: never, truncate: never, setMode: never, stat: never }
    const file = new StoredFile('vectors', bytes.length, {
      descriptor: 0,
      read,
      ...other,
      close: async () => {},
    })
    const all = Int32Array.from(owners.keys())
    this.rowsOf = counts.map((_, owner) => all.filter((row) => owners[row] === owner))
    const index = {
      onRecycled() {},
      vector: (row: number) => ({ file, offset: row * columns * 4, length: columns * 4 }),
      hasVector: () => true,
      ownerKeyNumber: (row: number) => owners[row] ?? 0,
      position: (row: number) => row,
    } satisfies Partial<RecordIndex>
    this.index = index as unknown as RecordIndex
  }
}

/** Copies of all vectors by plain loops, in memory of their own. */
function plainCopies(data: Float32Array, columns: number): QuantisedRows {
  const count = data.length / columns
  const rows = new QuantisedRows({ buffer: new SharedArrayBuffer(count * rowStride(columns)) }, 0, columns)
  for (let row = 0; row < count; row++) rows.write(row, data.subarray(row * columns, (row + 1) * columns))
  return rows
}

function requireRight({ segments, rows, rowOf }: HeldCopies, right: QuantisedRows, count: number): void {
  let seen = 0
  for (let pair = 0; pair < segments.length; pair += 2) {
    for (let slot = segments[pair] ?? 0; slot < (segments[pair + 1] ?? 0); slot++) {
      const row = rowOf(slot)
      if (Buffer.compare(rows.bytes(slot), right.bytes(row)) !== 0) throw new Error(`a wrong copy of ${row}`)
      seen += 1
    }
  }
  expect(seen).toBe(count)
}

describe(`copies that several searches make at the same time (seed ${seed})`, () => {
  // Of more than 4,096 rows they are made where all such searches read vectors into.
  it.each([
    { columns: 16, counts: [4200, 4300, 4100, 30], memoryFor: 20_000 },
    { columns: 17, counts: [4200, 4100, 300], memoryFor: 20_000 },
    { columns: 256, counts: [4200, 4100, 30], memoryFor: 9000 },
    { columns: 144, counts: [4300, 4200, 30], memoryFor: 4400 },
  ])(
    'are right: $columns columns, $counts rows, memory for $memoryFor',
    async ({ columns, counts, memoryFor }) => {
      const random = vectorRandom(seed * 31 + columns)
      const { below } = random
      const vectors = new LateVectors(columns, counts, random)
      const right = plainCopies(vectors.data, columns)
      const outcomes = { right: 0, withoutRoom: 0, aborted: 0, failed: 0, corrupt: 0 }
      const options = { columns, budget: memoryFor * rowStride(columns), logger }
      for (let round = 0; round < 15; round++) {
        const copies = VectorCopies.create(vectors.index, undefined, options)
        if (copies === undefined) throw new Error('no memory')
        const isFailing = round % 3 === 1
        vectors.failing = isFailing ? 8 : 0
        const corrupt = round % 3 === 2 ? below(vectors.data.length) : -1
        const value = vectors.data[corrupt] ?? 0
        if (corrupt >= 0) vectors.data[corrupt] = Number.NaN
        const search = async (rows: Int32Array) => {
          const controller = new AbortController()
          const isAborted = below(4) === 0
          const use = copies.use(rows, controller.signal, async (held) => {
            await setImmediate()
            requireRight(held, right, rows.length)
            return true
          })
          const checked = use.then(
            (isRight) => {
              outcomes[isRight ? 'right' : 'withoutRoom'] += 1
            },
            (error: unknown) => {
              if (isAborted && error === tooLate) outcomes.aborted += 1
              else if (isFailing && error instanceof MemoryError && error.code === 'CONNECTION') {
                outcomes.failed += 1
              } else if (corrupt >= 0 && error instanceof MemoryError && error.code === 'CORRUPT') {
                expect(error.message).toBe(`vectors: the vector holds NaN at byte ${corrupt * 4}`)
                outcomes.corrupt += 1
              } else throw error
            },
          )
          for (let turns = below(20); isAborted && turns > 0; turns--) await setImmediate()
          if (isAborted) controller.abort(tooLate)
          await checked
        }
        // Each owner twice, in any order.
        const asked = random.permutation(2 * counts.length).map((each) => each % counts.length)
        await Promise.all(asked.map((owner) => search(vectors.rowsOf[owner] ?? new Int32Array())))
        if (corrupt >= 0) vectors.data[corrupt] = value
        copies.dispose()
      }
      // The control: all of it has happened.
      const { withoutRoom, ...others } = outcomes
      for (const count of Object.values(others)) expect(count).toBeGreaterThan(0)
      expect(withoutRoom > 0).toBe(memoryFor < counts.reduce((sum, count) => sum + count, 0))
    },
  )
})
