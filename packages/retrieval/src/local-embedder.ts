import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EmbeddingModel } from '@holdfast/core'
import { checkTexts, type Embedder, type EmbedOptions } from './embedder.js'
import { loadLocalModel, type SentenceModel } from './local-model.js'

/**
 * Characters (UTF-16 code units) of a text that are read; the rest is left out. The model runs on the calling thread
 * and its tokenizer slows down sharply with the length: 8,000 characters take about 0.12 s, 40,000 over 4 s.
 */
export const maxLocalCharacters = 8_000

/**
 * Embeds English text on this machine, without a network: the lite variant of the Universal Sentence Encoder (Cer et
 * al., 2018, arXiv:1803.11175) through `@energetic-ai/embeddings`, 512 dimensions, unit length up to rounding.
 *
 * English only: the model knows few pieces of other scripts, so that two Japanese sentences get nearly the same
 * vector. One text at a time is computed, on the calling thread, about 11 ms a sentence; between two texts other work
 * gets its turn. A text longer than {@link maxLocalCharacters} is cut there.
 *
 * The library puts its engine into two globals (`_tfGlobals`, `_tfengine`), which stay. It also adds process-wide
 * listeners for uncaught errors, which are taken away again.
 *
 * @example
 * const embedder = await LocalEmbedder.create()
 * const [vector] = await embedder.embed(['How do I reset my password?'])
 */
export class LocalEmbedder implements Embedder {
  /** The identity of the model, before it is loaded. */
  static readonly model: EmbeddingModel = Object.freeze({
    provider: 'energetic-ai',
    model: 'universal-sentence-encoder-lite-en',
    dimensions: 512,
  })

  readonly model: EmbeddingModel = LocalEmbedder.model
  readonly #model: SentenceModel

  private constructor(model: SentenceModel) {
    this.#model = model
  }

  /**
   * Loads the model, about 0.2 s; a second call in the same process shares it.
   * @throws {MemoryError} `BACKEND_NOT_INSTALLED` naming the command that installs the optional peers.
   */
  static async create(): Promise<LocalEmbedder> {
    return new LocalEmbedder(await loadLocalModel())
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    const checked = checkTexts(texts)
    const vectors: Float32Array[] = []
    // A batch would be faster by little, and the vector of a text would depend on its neighbors in the last digits.
    for (const text of checked) {
      options.signal?.throwIfAborted()
      vectors.push(Float32Array.from(await this.#model.embed(head(text))))
      await nextTurn()
    }
    options.signal?.throwIfAborted()
    return vectors
  }
}

function head(text: string): string {
  const cut = text.slice(0, maxLocalCharacters)
  // Half of a surrogate pair would be another character than the one that was there.
  return /[\uD800-\uDBFF]$/.test(cut) && cut.length < text.length ? cut.slice(0, -1) : cut
}
