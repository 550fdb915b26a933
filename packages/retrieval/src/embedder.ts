import type { EmbeddingModel } from '@holdfast/core'

/** What every call to a model takes. */
export interface EmbedOptions {
  /** Rejects the call with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * Turns texts into vectors. All vectors of one embedder have `model.dimensions` finite values and can be compared with
 * each other by cosine similarity; their length need not be 1.
 */
export interface Embedder {
  /** Stored with the data: a store filled by another model is refused. */
  readonly model: EmbeddingModel
  /**
   * The vectors of the texts, in their order.
   * @throws {TypeError} for an empty text: it has no meaning that a vector could hold.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>
}

/**
 * Checks what an embedder is given. White space is a text; only the empty string is not.
 * @throws {TypeError} naming the index.
 */
export function checkTexts(texts: readonly string[]): readonly string[] {
  if (!Array.isArray(texts)) throw new TypeError('texts must be an array of strings')
  return Array.from(texts, (text: unknown, index) => {
    if (typeof text !== 'string') throw new TypeError(`texts[${index}] must be a string`)
    if (text === '') throw new TypeError(`texts[${index}] is empty and cannot be embedded`)
    return text
  })
}
