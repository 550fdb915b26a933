import type { EncodedTransaction } from './encode-operations.js'
import type { FrameType } from './journal-frame.js'
import type { RecordPlace } from './journal-operation.js'
import type { UnplacedFrame } from './journal-tail.js'

/** A transaction that is in the journal. */
export interface AppendedTransaction {
  /** Of its last frame. */
  readonly sequence: number
  /** The first byte behind it. */
  readonly end: number
  /** By operation: where a put's content lies in the file. */
  readonly places: readonly (RecordPlace | undefined)[]
}

interface Waiting {
  readonly transaction: EncodedTransaction
  readonly resolve: (appended: AppendedTransaction) => void
  readonly reject: (error: unknown) => void
}

/** Bytes of waiting transactions that are written and synced together; a larger one goes alone. */
const batchLimit = 4 * 1024 * 1024

/** Transactions whose callers wait for them, in the order of the calls. */
export class WaitingTransactions {
  #waiting: Waiting[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(transaction: EncodedTransaction): Promise<AppendedTransaction> {
    return new Promise((resolve, reject) => this.#waiting.push({ transaction, resolve, reject }))
  }

  rejectAll(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  /** Takes those that are to be written together; at least one, if there is one. */
  nextBatch(): TransactionBatch {
    let size = 0
    let count = 0
    for (const { transaction } of this.#waiting) {
      if (count > 0 && size + transaction.size > batchLimit) break
      size += transaction.size
      count += 1
    }
    return new TransactionBatch(this.#waiting.splice(0, count))
  }
}

/** Transactions that are written together, and of which their callers hear together. */
export class TransactionBatch {
  readonly #waiting: readonly Waiting[]

  constructor(waiting: readonly Waiting[]) {
    this.#waiting = waiting
  }

  frames(): readonly UnplacedFrame[] {
    return this.#waiting.flatMap(({ transaction }) => unplaced(transaction))
  }

  reject(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error)
  }

  /** @param at where the first frame lies, and its sequence. */
  resolve(at: { readonly offset: number; readonly sequence: number }): void {
    let { offset, sequence } = at
    for (const { transaction, resolve } of this.#waiting) {
      const starts: number[] = []
      for (const { bytes } of transaction.frames) {
        starts.push(offset)
        offset += bytes.length
      }
      sequence += transaction.frames.length
      resolve({ sequence: sequence - 1, end: offset, places: placesIn(transaction, starts) })
    }
  }
}

function unplaced({ frames }: EncodedTransaction): UnplacedFrame[] {
  return frames.map((frame, index): UnplacedFrame => {
    const type: FrameType = index < frames.length - 1 ? 'part' : frames.length > 1 ? 'commit' : 'transaction'
    return { ...frame, type }
  })
}

function placesIn(
  { places }: EncodedTransaction,
  starts: readonly number[],
): readonly (RecordPlace | undefined)[] {
  return places.map(({ frame, place }) => {
    if (place === undefined) return undefined
    const start = starts[frame] ?? 0
    const { textOffset, vectorOffset } = place
    return {
      ...place,
      textOffset: start + textOffset,
      vectorOffset: vectorOffset === undefined ? undefined : start + vectorOffset,
    }
  })
}
