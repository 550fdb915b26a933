import { FileBackend } from '../../src/index.js'
import type { SeededRandom } from '../simulated-disk/seeded-random.js'
import { passes } from './passes.js'
import type { Operation } from './random-history.js'
import { RemoteStore } from './remote-store.js'
import { settle } from './settle-writes.js'
import { StoreModel } from './store-model.js'
import { readState, readsOf, readsOfRemote } from './store-state.js'
import { WritingSession } from './writing-session.js'

/** A reader that opens the store now, one that has had it open since it first looked, or a writer. */
export const onlookers = ['reader', 'follower', 'writer'] as const
export type Onlooker = (typeof onlookers)[number]

/**
 * One store, written by one process after the other, each of which is killed. Knows what the store must hold; every
 * look at it, also the one that each new writer begins with, is checked.
 */
export class KilledWriters {
  /** Kills that came in time: before the process had ended what it was to be killed in. */
  readonly killed = { compacting: 0, writing: 0, opening: 0 }
  readonly #dataDir: string
  readonly #seed: number
  #model = new StoreModel()
  /** Begun by a process that died before it said how they ended, and not seen in the store yet. */
  #unknown: readonly Operation[] = []
  #next = 0
  #acknowledged = 0
  #unfinished = 0
  #survived = 0
  readonly #spares: RemoteStore[] = []
  #follower: RemoteStore | undefined
  /** Milliseconds within which a kill should fall to come before the end of a compaction. */
  #compactionTime = 20

  constructor(dataDir: string, seed: number) {
    this.#dataDir = dataDir
    this.#seed = seed
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** How many operations had begun and not ended when their process was killed. */
  get unfinished(): number {
    return this.#unfinished
  }

  /** How many of those were in the store all the same. */
  get survived(): number {
    return this.#survived
  }

  /** Kills a writer up to 60 ms after its first operation. */
  async killWhileWriting(random: SeededRandom): Promise<void> {
    await this.#write(random, async (child) => {
      await passes(random.below(60_000) / 1_000)
      await child.kill()
      this.killed.writing += 1
    })
  }

  /** Kills a writer while `admin.compact` runs beside its writes. Does not count when the compaction was quicker. */
  async killWhileCompacting(random: SeededRandom): Promise<void> {
    await this.#write(random, async (child) => {
      await passes(random.below(20_000) / 1_000)
      const compaction = child.call('admin', 'compact')
      await compaction.begun
      await passes((random.below(1_000) / 1_000) * this.#compactionTime)
      await child.kill()
      const outcome = await compaction.outcome
      if (outcome.kind === 'refused') throw new Error(`the compaction was refused: ${outcome.message}`)
      const isInside = outcome.kind === 'unknown'
      if (isInside) this.killed.compacting += 1
      // Such that most come in time and some do not.
      this.#compactionTime *= isInside ? 1.1 : 0.7
    })
  }

  /** Kills a process up to 40 ms after it was told to open the store. */
  async killWhileOpening(random: SeededRandom): Promise<void> {
    const child = this.#takeSpare()
    await child.whenReady
    const opening = child.call('process', 'open', { dataDir: this.#dataDir })
    await opening.begun
    await passes(random.below(40_000) / 1_000)
    await child.kill()
    const { kind } = await opening.outcome
    if (kind === 'refused') throw new Error('the store could not be opened')
    if (kind === 'unknown') this.killed.opening += 1
  }

  /** Looks at the store in one of the ways there are and checks what is there. */
  async look(as: Onlooker): Promise<void> {
    if (as === 'follower') {
      this.#follower ??= await this.#openFollower()
      this.#settle(await readState(readsOfRemote(this.#follower)), true)
      return
    }
    const readOnly = as === 'reader'
    await using backend = await FileBackend.open({ dataDir: this.#dataDir, readOnly })
    this.#settle(await readState(readsOf(backend)), readOnly)
  }

  async #openFollower(): Promise<RemoteStore> {
    const follower = RemoteStore.start()
    await follower.open({ dataDir: this.#dataDir, readOnly: true })
    return follower
  }

  async #write(random: SeededRandom, kill: (child: RemoteStore) => Promise<void>): Promise<void> {
    const child = this.#takeSpare()
    await child.open({ dataDir: this.#dataDir })
    this.#settle(await readState(readsOfRemote(child)), false)
    const session = new WritingSession(child, this.#model, {
      seed: this.#seed,
      first: this.#next,
      width: 1 + random.below(6),
    })
    // Also when one fails: the kill must have come before anything else is done.
    for (const part of await Promise.allSettled([session.write(() => false), kill(child)])) {
      if (part.status === 'rejected') throw part.reason
    }
    this.#next = session.next
    this.#acknowledged += session.acknowledged
    this.#unknown = session.unknown
    this.#unfinished += session.unknown.length
  }

  #settle(seen: readonly string[], isReader: boolean): void {
    const { model, unknown, survived } = settle(this.#model, this.#unknown, seen)
    this.#model = model
    // A reader may not see yet what the next writer finds; what no writer has found never comes.
    this.#unknown = isReader ? unknown : []
    this.#survived += survived
  }

  /** Starting a process takes longer than all the rest: some are always ready, or soon will be. */
  #takeSpare(): RemoteStore {
    while (this.#spares.length < 3) this.#spares.push(RemoteStore.start())
    const [spare] = this.#spares.splice(0, 1)
    if (spare === undefined) throw new TypeError('there is no process')
    return spare
  }
}
