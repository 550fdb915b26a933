import { type ExactTop, exactTop } from './exact-top.js'
import type { Queries } from './queries.js'
import type { SampleRows } from './sample-rows.js'
import { topK } from './sizes.js'
import { readVectorFile } from './vector-file.js'
import { vectorsPath, writePythonStore } from './write-python-store.js'

/** The one tenant of the stores that have one. */
export const largeTenant = 'large'

/** A store of one tenant, with its vectors in memory to know what a search of it has to find. */
export class LargeStore {
  readonly dataDir: string
  readonly rows: number
  readonly #vectors: Float32Array

  private constructor(dataDir: string, rows: number, vectors: Float32Array) {
    this.dataDir = dataDir
    this.rows = rows
    this.#vectors = vectors
  }

  static async write(sample: SampleRows, rows: number, dataDir: string): Promise<LargeStore> {
    await writePythonStore(sample, { dataDir, count: rows, tenantOf: () => largeTenant })
    return new LargeStore(dataDir, rows, await readVectorFile(vectorsPath(dataDir), rows, sample.dimensions))
  }

  /** What each of these queries has to find, by number. */
  truths(queries: Queries, numbers: readonly number[]): ReadonlyMap<number, ExactTop> {
    return new Map(numbers.map((number) => [number, exactTop(this.#vectors, queries.vector(number), topK)]))
  }
}
