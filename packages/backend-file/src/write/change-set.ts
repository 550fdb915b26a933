import {
  type EmbeddingModel,
  type InsertResult,
  MemoryError,
  type OnConflict,
  type RecordKind,
} from '@holdfast/core'
import type { Snapshot } from '../snapshot/snapshot.js'
import { CollectionChange } from './collection-change.js'
import type { RowContent } from './row-content.js'

/** What a group of writes does to a store. Each call of a method takes effect as a whole or throws and does nothing. */
export class ChangeSet {
  readonly base: Snapshot
  readonly nodes: CollectionChange
  readonly episodes: CollectionChange
  #dimensions: number | undefined
  #embeddingModel: EmbeddingModel | undefined

  constructor(base: Snapshot) {
    this.base = base
    this.nodes = new CollectionChange(base.nodes)
    this.episodes = new CollectionChange(base.episodes)
    this.#dimensions = base.settings.dimensions
    this.#embeddingModel = base.settings.embeddingModel
  }

  get dimensions(): number | undefined {
    return this.#dimensions
  }

  get embeddingModel(): EmbeddingModel | undefined {
    return this.#embeddingModel
  }

  get isEmpty(): boolean {
    const { dimensions, embeddingModel } = this.base.settings
    return (
      this.nodes.isEmpty &&
      this.episodes.isEmpty &&
      dimensions === this.#dimensions &&
      embeddingModel === this.#embeddingModel
    )
  }

  /** @throws {MemoryError} `DUPLICATE_ID`, `DIMENSION_MISMATCH`. */
  put(kind: RecordKind, records: readonly RowContent[], onConflict: OnConflict): InsertResult {
    let dimensions = this.#dimensions
    for (const { id, vector } of records) {
      if (!(vector instanceof Float32Array)) continue
      dimensions ??= vector.length
      requireDimensions(vector.length, dimensions, `the embedding of ${id}`)
    }
    const result = this.#of(kind).put(records, onConflict)
    if (result.inserted + result.replaced > 0) this.#dimensions = dimensions
    return result
  }

  /** @throws {MemoryError} `DIMENSION_MISMATCH` when something has decided otherwise. */
  setDimensions(dimensions: number): void {
    requireDimensions(dimensions, this.#dimensions ?? dimensions, 'the option dimensions')
    this.#dimensions = dimensions
  }

  /** @throws {MemoryError} `EMBEDDING_MISMATCH`, `DIMENSION_MISMATCH`. */
  setEmbeddingModel(model: EmbeddingModel): void {
    requireSameModel(this.#embeddingModel, model)
    requireDimensions(model.dimensions, this.#dimensions ?? model.dimensions, `the model ${model.model}`)
    this.#dimensions = model.dimensions
    this.#embeddingModel ??= { provider: model.provider, model: model.model, dimensions: model.dimensions }
  }

  #of(kind: RecordKind): CollectionChange {
    return kind === 'nodes' ? this.nodes : this.episodes
  }
}

/** @throws {MemoryError} `DIMENSION_MISMATCH`. */
export function requireDimensions(given: number, expected: number, what: string): void {
  if (given === expected) return
  throw new MemoryError('DIMENSION_MISMATCH', `${what} has ${given} dimensions, the store has ${expected}`)
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
