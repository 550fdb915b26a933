import { MemoryError, maxDimensions } from '@holdfast/core'
import { layoutOf, layoutSetting, type VectorLayout } from './vector-layout.js'

/** What all vectors of a store have in common, from when its tables are made. */
export interface StoredVectors {
  readonly dimensions: number
  readonly layout: VectorLayout
}

/**
 * Reads it from the contents of the table `setting`.
 * @throws {MemoryError} `CORRUPT`.
 */
export function storedVectors(settings: ReadonlyMap<string, string>): StoredVectors {
  const dimensions = Number(settings.get('dimensions'))
  if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > maxDimensions) {
    throw new MemoryError('CORRUPT', 'the setting dimensions is damaged')
  }
  const layout = layoutOf(settings)
  if (layout === undefined) throw new MemoryError('CORRUPT', `the setting ${layoutSetting} is damaged`)
  return { dimensions, layout }
}
