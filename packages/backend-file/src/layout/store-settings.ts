import { type EmbeddingModel, MemoryError } from '@holdfast/core'

/** What decides which vectors a store takes. */
export interface StoreSettings {
  /** `undefined`: no vector and no option has decided yet; the matrices then hold zeros only. */
  readonly dimensions: number | undefined
  readonly embeddingModel: EmbeddingModel | undefined
}

/**
 * The settings with a number of dimensions that a vector or an option brings.
 * @throws {MemoryError} `DIMENSION_MISMATCH` when something has decided otherwise.
 */
export function withDimensions(settings: StoreSettings, given: number, what: string): StoreSettings {
  const expected = settings.dimensions ?? given
  if (given !== expected) {
    throw new MemoryError('DIMENSION_MISMATCH', `${what} has ${given} dimensions, the store has ${expected}`)
  }
  return settings.dimensions === given ? settings : { ...settings, dimensions: given }
}

/**
 * The settings with a model that is named for them.
 * @throws {MemoryError} `EMBEDDING_MISMATCH` when they have another one; `DIMENSION_MISMATCH`.
 */
export function withModel(settings: StoreSettings, model: EmbeddingModel): StoreSettings {
  requireSameModel(settings.embeddingModel, model)
  const { dimensions } = withDimensions(settings, model.dimensions, `the model ${model.model}`)
  return { dimensions, embeddingModel: settings.embeddingModel ?? model }
}

/** @throws {MemoryError} `EMBEDDING_MISMATCH` when the store has another model. */
export function requireSameModel(stored: EmbeddingModel | undefined, given: EmbeddingModel): void {
  if (stored === undefined) return
  if (
    stored.provider === given.provider &&
    stored.model === given.model &&
    stored.dimensions === given.dimensions
  ) {
    return
  }
  throw new MemoryError(
    'EMBEDDING_MISMATCH',
    `the store holds vectors of ${describe(stored)}, not of ${describe(given)}`,
  )
}

function describe({ provider, model, dimensions }: EmbeddingModel): string {
  return `${provider}/${model} (${dimensions} dimensions)`
}
