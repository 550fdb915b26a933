import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SeededRandom } from '../simulated-disk/seeded-random.js'
import { OverlapDetector } from './overlap-detector.js'
import { type LockKind, RaceChild, type RaceEvent } from './race-child.js'

export interface LockRaceOptions {
  /** An empty directory. */
  readonly root: string
  /** One process for each. */
  readonly kinds: readonly LockKind[]
  /** How often the lock is to be taken. */
  readonly holds: number
  /** Whether it ends early, for what has been seen. */
  readonly isEnough: (violations: readonly string[]) => boolean
  readonly random: SeededRandom
}

export interface LockRaceReport {
  readonly violations: readonly string[]
  readonly holds: number
  readonly killedHolders: number
  readonly stoppedHolders: number
  readonly killedOthers: number
  readonly stoppedOthers: number
  readonly refusals: number
  /**
   * Milliseconds from when the end of a killed holder was seen to when the next hold was, of each. The others are not
   * stopped then, but wait between two attempts.
   */
  readonly takeOvers: readonly number[]
}

/** Lets processes race for a lock, and kills and stops them at any moment, whether they hold it or not. */
export class LockRace {
  readonly dataDir: string
  readonly #options: LockRaceOptions
  readonly #arena: string
  readonly #detector = new OverlapDetector()
  readonly #children = new Set<RaceChild>()
  /** What each was last told to look out for when it tried and was refused. */
  readonly #probes = new Map<RaceChild, number>()
  readonly #takeOvers: number[] = []
  readonly #counts = { killedHolders: 0, stoppedHolders: 0, killedOthers: 0, stoppedOthers: 0, refusals: 0 }
  #probe = 0
  #diedAt: number | undefined
  #isOver = false
  /** Lets whoever waits look again. */
  #wake = () => {}

  constructor(options: LockRaceOptions) {
    this.#options = options
    this.dataDir = join(options.root, 'data')
    this.#arena = join(options.root, 'arena')
  }

  async run(): Promise<LockRaceReport> {
    await mkdir(this.dataDir)
    await mkdir(this.#arena)
    await writeFile(join(this.#arena, 'counter'), '0'.padStart(12, '0'))
    for (const kind of this.#options.kinds) this.#start(kind)
    while (!this.#isDone()) {
      const holder = await this.#nextHolder()
      if (holder !== undefined) await this.#act(holder)
    }
    const { violations, holds } = this.#detector
    const report = { violations: [...violations], holds, takeOvers: this.#takeOvers, ...this.#counts }
    await this.abandon()
    return report
  }

  /** Kills whatever is left. */
  async abandon(): Promise<void> {
    this.#isOver = true
    await Promise.all([...this.#children].map((child) => child.kill()))
  }

  #isDone(): boolean {
    const { holds, isEnough } = this.#options
    return this.#detector.holds >= holds || isEnough(this.#detector.violations)
  }

  #start(kind: LockKind): void {
    const child: RaceChild = new RaceChild({
      kind,
      dataDir: this.dataDir,
      arena: this.#arena,
      seed: this.#options.random.below(2 ** 31),
      onEvent: (event) => this.#hear(child, event),
      onExit: (status) => {
        this.#children.delete(child)
        if (this.#isOver) return
        if (this.#detector.isKilled(child)) this.#start(kind)
        else this.#detector.hears(child, { event: 'failed', error: `ended with status ${status}` })
        this.#wake()
      },
    })
    this.#children.add(child)
  }

  #hear(child: RaceChild, event: RaceEvent): void {
    if (this.#isOver) return
    const before = this.#detector.holder
    this.#detector.hears(child, event)
    // Two at a time: the first one is forgotten, and is to go its way.
    if (before !== undefined && before !== this.#detector.holder) this.#dismiss(before)
    if (event.event === 'refused') {
      this.#counts.refusals += 1
      this.#probes.set(child, event.probe)
    }
    if (this.#diedAt !== undefined && this.#detector.holder !== undefined) {
      this.#takeOvers.push(performance.now() - this.#diedAt)
      this.#diedAt = undefined
    }
    this.#wake()
  }

  async #nextHolder(): Promise<RaceChild | undefined> {
    const { refusals } = this.#counts
    await this.#until(() => {
      // One that was stopped on its way to the lock may keep all others out.
      if (this.#counts.refusals - refusals > 12) this.#continueAll()
      return this.#detector.holder !== undefined || this.#isDone()
    })
    return this.#detector.holder
  }

  async #act(holder: RaceChild): Promise<void> {
    const { random } = this.#options
    const others = [...this.#children].filter((child) => child !== holder && child.state !== 'ended')
    const other = others[random.below(others.length)]
    const choice = random.below(100)
    if (choice < 5) {
      if (choice < 1) await this.#stop(holder, others)
      return this.#killHolder(holder)
    }
    if (choice < 9) await this.#stop(holder, others)
    else if (choice < 11 && other !== undefined) {
      this.#counts.killedOthers += 1
      await this.#kill(other)
    } else if (choice < 18 && other !== undefined) {
      this.#counts.stoppedOthers += 1
      await other.stop()
    } else if (choice < 32) this.#continueAll()
    this.#dismiss(holder)
  }

  #dismiss(holder: RaceChild): void {
    this.#detector.dismisses(holder)
    holder.continue()
    holder.tell('leave')
  }

  async #killHolder(holder: RaceChild): Promise<void> {
    // Nobody is to be kept from taking over.
    for (const child of this.#children) if (child !== holder) child.continue()
    this.#counts.killedHolders += 1
    await this.#kill(holder)
    // Its successor may be heard of before its end is.
    if (this.#detector.holder === undefined) this.#diedAt = performance.now()
    else this.#takeOvers.push(0)
  }

  /** As long as the holder is stopped, each of the others must try and be refused. */
  async #stop(holder: RaceChild, others: readonly RaceChild[]): Promise<void> {
    this.#counts.stoppedHolders += 1
    await holder.stop()
    this.#probe += 1
    for (const child of others) {
      child.continue()
      child.tell(`probe ${this.#probe}`)
    }
    const hasTried = (child: RaceChild) => child.state === 'ended' || this.#probes.get(child) === this.#probe
    // Where another holds it all the same, that has been seen, and nobody may ever be refused.
    await this.#until(() => this.#isDone() || this.#detector.holder !== holder || others.every(hasTried))
  }

  async #kill(child: RaceChild): Promise<void> {
    this.#detector.kills(child)
    await child.kill()
  }

  #continueAll(): void {
    for (const child of this.#children) child.continue()
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
