import type { EmbeddingModel } from '@holdfast/core'
import type { Embedder, EmbedOptions } from '../src/embedder.js'

/** Gives each known text its vector, and remembers what it was asked. */
export class FakeEmbedder implements Embedder {
  readonly model: EmbeddingModel
  readonly asked: string[] = []
  readonly #vectors: Readonly<Record<string, readonly number[]>>

  constructor(vectors: Readonly<Record<string, readonly number[]>>, model: Partial<EmbeddingModel> = {}) {
    this.model = { provider: 'fake', model: 'table', dimensions: 3, ...model }
    this.#vectors = vectors
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    options.signal?.throwIfAborted()
    this.asked.push(...texts)
    return texts.map((text) => {
      const vector = this.#vectors[text]
      if (vector === undefined) throw new Error(`no vector for ${text}`)
      return Float32Array.from(vector)
    })
  }
}
