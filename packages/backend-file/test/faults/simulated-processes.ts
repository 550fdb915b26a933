import { AsyncLocalStorage } from 'node:async_hooks'
import type { ProcessIdentity } from '../../src/lock/process-identity.js'

/** A process that goes on only when it is told to, one call of the system at a time. */
export class SimulatedProcess {
  readonly pid: number
  readonly #work: () => Promise<void>
  isAlive = true
  isDone = false
  failure: unknown
  #resume: (() => void) | undefined
  #stops: (() => void) | undefined

  constructor(pid: number, work: (self: SimulatedProcess) => Promise<void>) {
    this.pid = pid
    this.#work = () => work(this)
  }

  get canRun(): boolean {
    return this.isAlive && !this.isDone
  }

  /** Runs up to the next call of the system, which then waits, or to the end. */
  async run(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#stops = resolve
    })
    const resume = this.#resume
    if (resume === undefined) running.run(this, () => this.#start())
    else resume()
    await stopped
  }

  /** To be awaited before every call of the system. A process that was killed never comes back from it. */
  call(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve
      this.#stops?.()
    })
  }

  kill(): void {
    this.isAlive = false
  }

  #start(): void {
    this.#work()
      .catch((error: unknown) => {
        this.failure = error
      })
      .finally(() => {
        this.isDone = true
        this.#stops?.()
      })
  }
}

const running = new AsyncLocalStorage<SimulatedProcess>()
const host = 'simulated'

/** The process whose code is running. */
export function currentProcess(): SimulatedProcess | undefined {
  return running.getStore()
}

/** All that there are. */
export const processes = new Map<number, SimulatedProcess>()

export function identityOf(pid: number): ProcessIdentity {
  return { pid, host, startTime: String(pid), bootId: host, pidNamespace: host }
}

/** Takes the place of the real one. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const process = currentProcess()
  if (process === undefined) throw new Error('no process is running')
  return identityOf(process.pid)
}

/** Takes the place of the real one. */
export async function mayBeAlive(other: ProcessIdentity): Promise<boolean> {
  return processes.get(other.pid)?.canRun ?? false
}
