import { isDeepStrictEqual } from 'node:util'
import { type Operation, operationAt } from './random-history.js'
import type { Outcome, RemoteStore } from './remote-store.js'
import type { StoreModel } from './store-model.js'

export interface WritingOptions {
  readonly seed: number
  /** Number of the first operation. */
  readonly first: number
  /** How many operations are in flight at once. */
  readonly width: number
  /** Operations that are passed over. */
  readonly leftOut?: (operation: Operation) => boolean
  /** Codes with which a write may be refused; it must then have had no effect. */
  readonly refusals?: readonly string[]
}

/**
 * Has a child write a history, several operations at once. Those in flight at one time are on different records and
 * at most one of them adds records to an owner, so that each has one right result whatever the others do.
 */
export class WritingSession {
  readonly #store: RemoteStore
  readonly #model: StoreModel
  readonly #options: WritingOptions
  readonly #inFlight = new Map<Promise<void>, ReadonlySet<string>>()
  readonly #unknown: Operation[] = []
  #next: number
  #failure: Error | undefined
  #acknowledged = 0
  #refused = 0

  /** @param model is kept up to date with what the child has acknowledged. */
  constructor(store: RemoteStore, model: StoreModel, options: WritingOptions) {
    this.#store = store
    this.#model = model
    this.#options = options
    this.#next = options.first
  }

  /** Number of the operation after the last one that was sent. */
  get next(): number {
    return this.#next
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** How many writes were refused with one of the allowed codes. */
  get refused(): number {
    return this.#refused
  }

  /** What the child had begun when it ended. */
  get unknown(): readonly Operation[] {
    return this.#unknown
  }

  /**
   * Goes on until `isOver` or the end of the child, then waits for what is in flight.
   * @throws {Error} when an operation has another result than the model's.
   */
  async write(isOver: () => boolean): Promise<void> {
    const isDone = () => isOver() || this.#store.isOver || this.#failure !== undefined
    while (!isDone()) {
      const operation = operationAt(this.#options.seed, this.#next)
      if (this.#options.leftOut?.(operation)) {
        this.#next += 1
        continue
      }
      const touched = touchedBy(operation)
      const mustWait = () =>
        this.#inFlight.size >= this.#options.width ||
        [...this.#inFlight.values()].some((others) => isInTheWay(touched, others))
      while (mustWait()) await Promise.race(this.#inFlight.keys())
      if (isDone()) break
      this.#start(operation, touched)
    }
    await Promise.all(this.#inFlight.keys())
    if (this.#failure) throw this.#failure
  }

  #start(operation: Operation, touched: ReadonlySet<string>): void {
    const n = this.#next++
    const call = this.#store.call('store', operation.method, ...operation.args)
    const done = call.outcome.then((outcome) => {
      this.#inFlight.delete(done)
      if (outcome.kind !== 'unknown') this.#failure ??= this.#finish(operation, n, outcome)
      else if (call.hasBegun()) this.#unknown.push(operation)
    })
    this.#inFlight.set(done, touched)
  }

  /** @returns what is wrong with the outcome. */
  #finish(operation: Operation, n: number, outcome: Outcome): Error | undefined {
    if (outcome.kind === 'refused' && this.#options.refusals?.includes(outcome.code ?? '')) {
      this.#refused += 1
      return undefined
    }
    const expected = this.#model.apply(operation)
    const isRight =
      'code' in expected
        ? outcome.kind === 'refused' && outcome.code === expected.code
        : outcome.kind === 'value' && isDeepStrictEqual(outcome.value, expected.value)
    if (!isRight) {
      const [got, wanted] = [JSON.stringify(outcome), JSON.stringify(expected)]
      return new Error(`operation ${n}, ${operation.method}, gave ${got}, not ${wanted}`)
    }
    this.#acknowledged += 1
    return undefined
  }
}

const everything = 'everything'

/** Names of what an operation reads or changes: records, and the end of an owner's list. */
function touchedBy(operation: Operation): ReadonlySet<string> {
  switch (operation.method) {
    case 'insertNode':
    case 'insertNodes':
    case 'insertEpisodes': {
      const records = operation.method === 'insertNode' ? operation.args : operation.args[0]
      const kind = operation.method === 'insertEpisodes' ? 'episodes' : 'nodes'
      const ids = records.map(({ id }) => id ?? '')
      return new Set([...ids, ...records.map(({ tenantId, userId }) => `${kind} of ${tenantId ?? userId}`)])
    }
    case 'updateNode':
      return new Set([operation.args[1]])
    case 'deleteNodes':
    case 'deleteEpisodes':
    case 'recordAccess':
      return new Set(operation.args[1])
    case 'assignClusters':
      return new Set(operation.args[1].map(({ id }) => id))
    case 'deleteScope':
      return new Set([everything])
    default:
      return operation satisfies never
  }
}

function isInTheWay(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.has(everything) || other.has(everything) || [...one].some((name) => other.has(name))
}
