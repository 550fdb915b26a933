import { type ErrorCode, MemoryError } from '@holdfast/core'
import type { FileSystem } from '../../src/disk/file-system.js'
import type { FileBackend } from '../../src/index.js'
import type { CrashDamage } from '../simulated-disk/crash-damage.js'
import { crashDisk } from '../simulated-disk/crash-disk.js'
import type { Fault } from '../simulated-disk/disk-faults.js'
import type { DiskCall, SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { preparedDisk } from './explore-store.js'
import { mortalProcess } from './mortal-process.js'
import { OutcomeBook } from './outcome-book.js'
import { neverCompacts, openSimulated } from './simulated-store.js'
import { type Prepare, StateBook } from './state-book.js'
import { type History, isForGood, runHistory, type Session, writesOf } from './store-history.js'
import { storeText } from './store-text.js'
import { insert, node } from './tiny-writes.js'
import { type Allowed, requireClean, unexpected, verifyCrash } from './verify-crash.js'

export interface FailingHistory extends History {
  readonly prepare?: Prepare
  readonly smallJournal?: number
  readonly through?: (disk: FileSystem) => FileSystem
}

export interface FailingDisk {
  readonly faults?: readonly Fault[]
  readonly quota?: number
  /** See `SimulatedDiskOptions`. Default true here. */
  readonly keepsNames?: boolean
  /** Ways in which the disk crashes when the history is over; after each the store must show what it promised. */
  readonly crashes?: readonly CrashDamage[]
}

export interface FailingReport {
  /** Of the history, not of what came after it. */
  readonly calls: readonly DiskCall[]
  readonly bytesWritten: number
  readonly hits: number
  readonly codes: ReadonlySet<string>
  readonly outcomes: OutcomeBook['counts']
  /** Whether the store was still in use when the cause went, or refused everything. */
  readonly end: 'usable' | 'refusing' | 'closed'
  /** Whether it has refused everything at some time. */
  readonly hasRefused: boolean
  readonly violations: readonly string[]
}

/** What the failure of a disk may be to a caller. */
const typed: ReadonlySet<ErrorCode> = new Set(['CONNECTION', 'NO_SPACE'])

/** Writes that go on when the history is over. */
const probes = [
  insert([node('probe', { tenantId: 'acme' })], 'replace'),
  insert([node('later', { tenantId: 'acme' })]),
] as const

/** A history on failing disks; all its runs share what the model knows. */
export class FailingRuns {
  readonly #history: FailingHistory
  readonly #book: StateBook

  constructor(history: FailingHistory) {
    this.#history = history
    this.#book = new StateBook(history.prepare ?? nothing, [...writesOf(history.steps), ...probes])
  }

  /**
   * Runs the history on a disk that fails, lets the cause go, and goes on: in the same process unless the store has
   * said that it must be opened again, and then in the next one.
   */
  async run(failing: FailingDisk): Promise<FailingReport> {
    const { prepare = nothing, through = unchanged } = this.#history
    const { faults = [], quota, keepsNames = true } = failing
    const options = { faults, keepsNames, ...(quota === undefined ? {} : { quota }) }
    const disk = await preparedDisk(prepare, options)
    const run = new FailingRun({ ...this.#history, through }, this.#book, disk)
    await run.go()
    const calls = [...disk.calls]
    const { bytesWritten } = disk
    for (const damage of failing.crashes ?? []) await run.crash(damage)
    await run.goOn()
    const place = `${this.#history.name}, ${JSON.stringify(failing)}`
    return {
      calls,
      bytesWritten,
      hits: disk.faultHits,
      codes: run.codes,
      outcomes: run.outcomes.counts,
      end: run.end,
      hasRefused: run.hasRefused,
      violations: run.violations.map((what) => `${place}: ${what}`),
    }
  }
}

const nothing: Prepare = async () => {}
const unchanged = (disk: FileSystem) => disk

class FailingRun {
  readonly outcomes = new OutcomeBook()
  readonly violations: string[] = []
  readonly codes = new Set<string>()
  end: FailingReport['end'] = 'closed'
  hasRefused = false
  readonly #history: FailingHistory & { readonly through: (disk: FileSystem) => FileSystem }
  readonly #book: StateBook
  readonly #disk: SimulatedDisk
  /** Sessions that have said that they must be opened again. */
  readonly #refusing = new WeakSet<Session>()
  #last: Session | undefined

  constructor(
    history: FailingHistory & { readonly through: (disk: FileSystem) => FileSystem },
    book: StateBook,
    disk: SimulatedDisk,
  ) {
    this.#history = history
    this.#book = book
    this.#disk = disk
  }

  async go(): Promise<void> {
    await runHistory(this.#history.steps, {
      open: () => this.#open(),
      trace: this.outcomes,
      onFailure: (error, call, session) => this.#noteFailure(error, call, session),
      afterStep: async (session) => {
        await this.#requireShown(session.backend, 'after a step')
        if (!this.#refusing.has(session)) return
        if (await this.#write(session, 0)) {
          this.violations.push('a write was acknowledged although the store had failed for good')
        }
      },
      atEnd: async (session) => {
        this.#last = session
      },
    })
  }

  /** What the disk holds now must be enough for all that was promised. */
  async crash(damage: CrashDamage): Promise<void> {
    const next = { commit: this.#commit(1), write: probes[1] }
    const crashed = {
      root: crashDisk(this.#disk.tree.root, damage),
      allowed: this.outcomes.kept,
      allowedAfterPowerCut: this.outcomes.kept,
      bootId: damage.kind === 'kill' ? 'first' : 'second',
      next,
      variant: 'close',
    } as const
    const { through, smallJournal = neverCompacts } = this.#history
    await this.#attempt(`after the crash ${JSON.stringify(damage)}`, async () => {
      await verifyCrash(crashed, { book: this.#book, durability: 'full', smallJournal, through })
    })
  }

  /** The cause of the failures is gone. */
  async goOn(): Promise<void> {
    this.#disk.heal()
    await this.#attempt('when the cause was gone', async () => {
      let session = this.#last
      if (session) this.end = (await this.#write(session, 0)) ? 'usable' : 'refusing'
      if (session && this.end === 'refusing') {
        if (!this.#refusing.has(session)) throw new Error('a write was refused')
        await session.backend.close().catch(() => session?.kill())
        session = undefined
      }
      if (session === undefined) {
        session = await this.#open()
        if (!(await this.#write(session, 0)))
          throw new Error('a write was refused by a store that was opened again')
      }
      await this.#requireShown(session.backend, 'when the cause was gone')
      await session.backend.close()
      const reopened = await this.#open()
      await reopened.backend.close()
      requireClean(this.#disk)
    })
  }

  async #open(): Promise<Session> {
    const { files, kill } = mortalProcess(this.#history.through(this.#disk))
    const { smallJournal = neverCompacts } = this.#history
    const backend = await openSimulated(files, { bootId: 'first', smallJournal })
    const session = { backend, kill }
    let text: string
    try {
      text = await storeText(backend)
    } catch (error) {
      await backend.close().catch(() => kill())
      throw error
    }
    const texts = await this.#texts(this.outcomes.kept)
    const found = this.outcomes.kept.filter((_, index) => texts[index] === text)
    if (found.length > 0) this.outcomes.opened(found)
    else this.violations.push(unexpected('the store, opened again,', text, texts).message)
    return session
  }

  async #requireShown(backend: FileBackend, when: string): Promise<void> {
    let text: string
    try {
      text = await storeText(backend)
    } catch (error) {
      this.#noteFailure(error, 'read')
      return
    }
    const texts = await this.#texts(this.outcomes.shown)
    if (!texts.includes(text)) this.violations.push(unexpected(`the store ${when}`, text, texts).message)
  }

  /** Does one of the writes that do not belong to the history. @returns whether it was acknowledged. */
  async #write(session: Session, probe: 0 | 1): Promise<boolean> {
    let failure: unknown
    const action = () =>
      probes[probe](session.backend).catch((error: unknown) => {
        failure = error
        this.#noteFailure(error, 'write', session)
        throw error
      })
    await this.outcomes.run(this.#commit(probe), action, () => isForGood(failure))
    return failure === undefined
  }

  #noteFailure(error: unknown, call: string, session?: Session): void {
    if (session && isForGood(error)) {
      this.#refusing.add(session)
      this.hasRefused = true
    }
    if (!(error instanceof MemoryError)) {
      this.violations.push(`${call} failed with ${error instanceof Error ? error.stack : String(error)}`)
      return
    }
    if (error.code === 'DUPLICATE_ID' && call === 'write') return
    this.codes.add(error.code)
    if (!typed.has(error.code)) this.violations.push(`${call} failed with ${error.code}: ${error.stack}`)
  }

  async #attempt(what: string, action: () => Promise<void>): Promise<void> {
    await action().catch((error: unknown) => {
      this.violations.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`)
    })
  }

  #texts(lists: Allowed): Promise<readonly string[]> {
    return Promise.all(lists.map((commits) => this.#book.after(commits)))
  }

  #commit(probe: 0 | 1): number {
    return writesOf(this.#history.steps).length + probe
  }
}
