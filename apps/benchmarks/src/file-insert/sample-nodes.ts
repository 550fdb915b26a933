import type { MemoryNodeInput } from '@holdfast/core'
import { randomNumbers } from '../random.js'

const words =
  'memory agent question answer the a of to file vector insert durable journal "sync" disk page batch reader writer café'

/** What a sample node is: an input with a vector. */
export interface SampleNode extends MemoryNodeInput {
  readonly embedding: Float32Array
}

/** Makes nodes of about 1 KB of text and random vectors, all with different ids and of one user. */
export class SampleNodes {
  static readonly owner = { userId: 'bench' } as const
  readonly #dimensions: number
  readonly #random: () => number
  readonly #text: string
  #made = 0

  constructor(dimensions: number, seed: number) {
    this.#dimensions = dimensions
    this.#random = randomNumbers(seed)
    const list = words.split(' ')
    this.#text = Array.from({ length: 20_000 }, () => list[this.#below(list.length)]).join(' ')
  }

  /** How many were taken so far. */
  get made(): number {
    return this.#made
  }

  take(count: number): readonly SampleNode[] {
    return Array.from({ length: count }, () => this.next())
  }

  next(): SampleNode {
    this.#made += 1
    const embedding = new Float32Array(this.#dimensions)
    for (let index = 0; index < embedding.length; index++) embedding[index] = this.#random() * 2 - 1
    return {
      id: `node-${this.#made}`,
      ...SampleNodes.owner,
      humanContent: this.#excerpt(150 + this.#below(200)),
      assistantContent: this.#excerpt(500 + this.#below(550)),
      createdAt: '2025-01-02T03:04:05.123456',
      embedding,
    }
  }

  #excerpt(length: number): string {
    const start = this.#below(this.#text.length - length)
    return this.#text.slice(start, start + length)
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

/** What a caller hands over with these nodes: text as UTF-8, and four bytes for each value of a vector. */
export function insertedBytes(nodes: readonly SampleNode[]): number {
  return nodes.reduce(
    (sum, { humanContent, assistantContent, embedding }) =>
      sum + Buffer.byteLength(humanContent) + Buffer.byteLength(assistantContent) + embedding.byteLength,
    0,
  )
}
