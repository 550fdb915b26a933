import { MemoryError, maxDimensions } from '@holdfast/core'
import type { StoreSettings } from '../layout/store-settings.js'
import type { VectorFile } from '../npy/vector-file.js'

/**
 * How long the vectors of a store are. A matrix with rows says so; an empty one, or the settings, only where there is
 * none. While only records without a vector have been stored nothing has decided yet: their matrix holds zeros of
 * the default length, and the settings say that it does not count.
 * @throws {MemoryError} `CORRUPT` when two of them contradict each other.
 */
export async function decideDimensions(
  settings: StoreSettings | undefined,
  nodes: VectorFile | undefined,
  episodes: VectorFile | undefined,
): Promise<number | undefined> {
  const filled = [nodes, episodes].filter((vectors) => vectors !== undefined && vectors.rows > 0)
  const [first, second] = filled
  if (first === undefined) return settings === undefined ? nodes?.columns : settings.dimensions
  if (first.columns < 1 || first.columns > maxDimensions) {
    throw new MemoryError('CORRUPT', `${first.file.path} has rows of ${first.columns} values (byte 10)`)
  }
  if (second !== undefined && second.columns !== first.columns) {
    throw new MemoryError(
      'CORRUPT',
      `${second.file.path} has rows of ${second.columns} values (byte 10), ${first.file.path} of ${first.columns}`,
    )
  }
  if (settings === undefined) return first.columns
  if (settings.dimensions === undefined) {
    for (const vectors of filled)
      if (vectors !== undefined && (await vectors.hasVector())) return first.columns
    return undefined
  }
  if (settings.dimensions !== first.columns) {
    throw new MemoryError(
      'CORRUPT',
      `${first.file.path} has rows of ${first.columns} values (byte 10), the store was made for ${settings.dimensions}`,
    )
  }
  return first.columns
}
