import { writeFile } from 'node:fs/promises'
import type { SampleRows } from './sample-rows.js'
import { vectorFileHeader } from './vector-file.js'

/**
 * What is searched with. Who measures takes queries that nobody has searched with before: a store may keep what an
 * earlier search of the same query has read, and would look quicker than it is.
 */
export class Queries {
  readonly vectors: readonly Float32Array[]
  /** The same as a file of NumPy's. */
  readonly path: string
  #taken = 0

  private constructor(vectors: readonly Float32Array[], path: string) {
    this.vectors = vectors
    this.path = path
  }

  static async write(rows: SampleRows, count: number, path: string): Promise<Queries> {
    const vectors = Array.from({ length: count }, (_, number) => rows.query(number))
    await writeFile(path, [
      vectorFileHeader(count, rows.dimensions),
      ...vectors.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    ])
    return new Queries(vectors, path)
  }

  /** Numbers of queries that were not taken before. @throws {RangeError} when there are not as many. */
  take(count: number): readonly number[] {
    const first = this.#taken
    if (first + count > this.vectors.length) throw new RangeError('there are too few queries')
    this.#taken += count
    return Array.from({ length: count }, (_, index) => first + index)
  }

  /** @throws {RangeError} when there is none of that number. */
  vector(number: number): Float32Array {
    const vector = this.vectors[number]
    if (vector === undefined) throw new RangeError(`there is no query ${number}`)
    return vector
  }
}
