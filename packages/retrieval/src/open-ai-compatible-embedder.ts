import { setTimeout as delay } from 'node:timers/promises'
import { type EmbeddingModel, MemoryError } from '@holdfast/core'
import pRetry from 'p-retry'
import { checkTexts, type Embedder, type EmbedOptions } from './embedder.js'
import { readEmbeddingsAnswer } from './embeddings-answer.js'
import { requestEmbeddings, TransientFailure } from './embeddings-request.js'
import {
  type OpenAiCompatibleOptions,
  type ResolvedOpenAiOptions,
  resolveOpenAiOptions,
} from './open-ai-compatible-options.js'

/** A server that asks to wait longer is not waited for. */
const longestWaitMs = 60_000

/**
 * Embeds texts at an endpoint that speaks the embeddings API of OpenAI (`POST …/embeddings`): OpenAI itself, Azure
 * behind a gateway, vLLM, Ollama, LM Studio, text-embeddings-inference and others.
 *
 * @example
 * const embedder = new OpenAiCompatibleEmbedder({
 *   baseUrl: 'http://localhost:11434/v1',
 *   model: 'mxbai-embed-large',
 *   dimensions: 1024,
 * })
 */
export class OpenAiCompatibleEmbedder implements Embedder {
  readonly model: EmbeddingModel
  readonly #options: ResolvedOpenAiOptions

  /** @throws {TypeError} or {RangeError} for options that cannot work. Nothing is sent yet. */
  constructor(options: OpenAiCompatibleOptions) {
    this.#options = resolveOpenAiOptions(options)
    const { provider, model, dimensions } = this.#options
    this.model = Object.freeze({ provider, model, dimensions })
  }

  /**
   * @throws {MemoryError} `TIMEOUT` when an attempt takes too long; `CONNECTION` when the endpoint cannot be reached,
   * refuses, still fails after all retries, asks to wait more than a minute, or answers in another shape;
   * `DIMENSION_MISMATCH`; `INVALID_EMBEDDING` for a value that is not finite.
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    const checked = checkTexts(texts)
    const { batchSize } = this.#options
    const vectors: Float32Array[] = []
    for (let start = 0; start < checked.length; start += batchSize) {
      const batch = checked.slice(start, start + batchSize)
      const answer = await this.#request(batch, options.signal)
      vectors.push(...readEmbeddingsAnswer(answer, batch.length, this.#options.dimensions))
    }
    return vectors
  }

  async #request(texts: readonly string[], signal: AbortSignal | undefined): Promise<unknown> {
    const { maxRetries, retryDelayMs } = this.#options
    try {
      return await pRetry(() => requestEmbeddings(this.#options, texts, signal), {
        retries: maxRetries,
        minTimeout: retryDelayMs,
        factor: 2,
        randomize: true,
        ...(signal === undefined ? {} : { signal }),
        shouldRetry: async ({ error }) => {
          if (!(error instanceof TransientFailure) || error.waitMs > longestWaitMs) return false
          await delay(error.waitMs, undefined, signal === undefined ? {} : { signal })
          return true
        },
      })
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof TransientFailure)) throw error
      throw error.waitMs > longestWaitMs ? tooLong(error) : error.failure
    }
  }
}

function tooLong({ failure, waitMs }: TransientFailure): MemoryError {
  const seconds = Math.ceil(waitMs / 1000)
  return new MemoryError('CONNECTION', `${failure.message}; it asks to wait ${seconds} s`, { cause: failure })
}
