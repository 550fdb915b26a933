import { randomNumbers } from '../random.js'
import { zipfText } from './zipf-words.js'

const clusters = 128
/** Rows from here on are queries: of the same kind as the others, and none of them. */
const firstQuery = 2 ** 30

/** What one row says. */
export interface SampleText {
  readonly human: string
  readonly assistant: string
}

/**
 * Made-up rows, each a function of the seed and its number alone, so that two stores can hold the same ones.
 *
 * The vectors lie as those of an embedding model do: all of them lean one way (two of different clusters have a cosine
 * near 0.2), two of a cluster have one near 0.6, and the lengths are 0.98 to 1.02.
 */
export class SampleRows {
  readonly dimensions: number
  readonly #seed: number
  /** The way that all lean and the way of the cluster, added up, by cluster. */
  readonly #centres: readonly Float32Array[]

  constructor(dimensions: number, seed: number) {
    this.dimensions = dimensions
    this.#seed = seed
    const random = randomNumbers(seed)
    const lean = direction(dimensions, random)
    this.#centres = Array.from({ length: clusters }, () => {
      const own = direction(dimensions, random)
      return own.map((value, column) => 0.8 * value + 0.6 * (lean[column] ?? 0))
    })
  }

  /** Writes a row's vector. @param into has the length `dimensions`. */
  vector(row: number, into: Float32Array): void {
    const random = this.#randomOf(row, 1)
    const centre = this.#centres[Math.floor(random() * clusters)]
    if (centre === undefined) throw new RangeError('a random number is not below 1')
    const wanted = 0.98 + 0.04 * random()
    // An even spread of variance 1/12, scaled to a length of 0.8.
    const scale = 0.8 * Math.sqrt(12 / into.length)
    let squares = 0
    for (let column = 0; column < into.length; column++) {
      const value = (centre[column] ?? 0) + scale * (random() - 0.5)
      into[column] = value
      squares += value * value
    }
    const factor = wanted / Math.sqrt(squares)
    for (let column = 0; column < into.length; column++) into[column] = (into[column] ?? 0) * factor
  }

  /** A vector to search with. */
  query(number: number): Float32Array {
    const vector = new Float32Array(this.dimensions)
    this.vector(firstQuery + number, vector)
    return vector
  }

  /** 40 to 200 words. */
  text(row: number): SampleText {
    const random = this.#randomOf(row, 2)
    const words = 40 + Math.floor(random() * 161)
    const human = Math.ceil(words / 4)
    return { human: zipfText(random, human), assistant: zipfText(random, words - human) }
  }

  /** Words to search with, as frequent as in the texts. */
  words(number: number, count: number): string {
    return zipfText(this.#randomOf(firstQuery + number, 2), count)
  }

  /** Multiplying by an odd number maps no two rows to the same seed. */
  #randomOf(row: number, purpose: number): () => number {
    return randomNumbers(Math.imul(row * 2 + purpose, 0x9e3779b1) ^ this.#seed)
  }
}

/** A random vector of length 1. */
function direction(dimensions: number, random: () => number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() - 0.5)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
