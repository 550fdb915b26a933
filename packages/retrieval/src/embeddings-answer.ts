import { MemoryError } from '@holdfast/core'
import { z } from 'zod'

const answerSchema = z.object({
  data: z.array(
    z.object({
      index: z.int().nonnegative(),
      embedding: z.union([z.array(z.number().nullable()), z.base64()]),
    }),
  ),
})

/**
 * The vectors of an answer in the order of the texts: the order within `data` is not promised, `index` decides.
 * @throws {MemoryError} `CONNECTION` for an answer of another shape or not one vector a text, `DIMENSION_MISMATCH`,
 * `INVALID_EMBEDDING`.
 */
export function readEmbeddingsAnswer(answer: unknown, texts: number, dimensions: number): Float32Array[] {
  const parsed = answerSchema.safeParse(answer)
  if (!parsed.success) {
    throw new MemoryError('CONNECTION', 'the embedding endpoint gave an answer of another shape', {
      cause: parsed.error,
    })
  }
  const vectors = new Map<number, Float32Array>()
  for (const { index, embedding } of parsed.data.data)
    vectors.set(index, toVector(embedding, index, dimensions))
  const isComplete = vectors.size === texts && parsed.data.data.length === texts
  return Array.from({ length: texts }, (_, index) => {
    const vector = vectors.get(index)
    if (vector === undefined || !isComplete) {
      throw new MemoryError(
        'CONNECTION',
        `the embedding endpoint gave ${parsed.data.data.length} vectors for ${texts} texts, or gave one twice`,
      )
    }
    return vector
  })
}

/** JSON has no NaN: some servers write `null` in its place. */
function toVector(embedding: string | readonly (number | null)[], index: number, dimensions: number) {
  const vector =
    typeof embedding === 'string'
      ? decodeBase64(embedding)
      : Float32Array.from(embedding, (value) => value ?? Number.NaN)
  if (vector.length !== dimensions) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `the embedding endpoint gave ${vector.length} dimensions, the embedder was made for ${dimensions}`,
    )
  }
  const wrong = vector.findIndex((value) => !Number.isFinite(value))
  if (wrong !== -1) {
    throw new MemoryError('INVALID_EMBEDDING', `vector ${index} has no finite number at ${wrong}`)
  }
  return vector
}

/** Little-endian float32 values, as the OpenAI API writes them. */
function decodeBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length % 4 !== 0) {
    throw new MemoryError(
      'CONNECTION',
      'the embedding endpoint gave base64 that is no list of float32 values',
    )
  }
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}
