import { MemoryError, type RecordKind } from '@holdfast/core'
import type { JournalOperation } from '../journal/journal-operation.js'
import type { StoreSettings } from '../layout/store-settings.js'
import type { StoreState } from '../store/store-state.js'

/** What one write does, worked out and not yet done. */
export interface PlannedWrite<T> {
  readonly operations: readonly JournalOperation[]
  readonly settings?: StoreSettings
  readonly result: T
}

/**
 * A transaction in the making: writes of several callers that do not touch the same records, so that each can be worked
 * out on the store as it is.
 */
export class WriteDraft {
  readonly state: StoreState
  readonly #operations: JournalOperation[] = []
  readonly #given = { nodes: 0, episodes: 0 }
  #settings: StoreSettings
  #size = 0

  constructor(state: StoreState) {
    this.state = state
    this.#settings = state.settings
  }

  get operations(): readonly JournalOperation[] {
    return this.#operations
  }

  /** Bytes of texts and vectors. */
  get size(): number {
    return this.#size
  }

  /** As they will be after the writes so far. */
  get settings(): StoreSettings {
    return this.#settings
  }

  /** A position behind all others. One that is not used in the end leaves a gap. */
  nextPosition(kind: RecordKind): number {
    this.#given[kind] += 1
    return this.state.index(kind).lastPosition + this.#given[kind]
  }

  /** @throws {MemoryError} `INVALID_NODE` for what the journal cannot hold, so that only this write fails. */
  add({ operations, settings }: PlannedWrite<unknown>): void {
    for (const operation of operations) {
      if (operation.type !== 'put' || operation.clusterId === null) continue
      const { id, clusterId } = operation
      // Files of the Python system may hold such numbers.
      if (clusterId === (clusterId | 0)) continue
      throw new MemoryError(
        'INVALID_NODE',
        `the node ${id} has the cluster ${clusterId}, which is not an int32`,
      )
    }
    if (settings !== undefined && settings !== this.#settings) {
      this.#settings = settings
      this.#operations.push({ type: 'settings', ...settings })
    }
    for (const operation of operations) {
      this.#operations.push(operation)
      if (operation.type !== 'put') continue
      this.#size += operation.text.length + (operation.vector?.byteLength ?? 0)
    }
  }
}
