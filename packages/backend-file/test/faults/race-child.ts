import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** `ended`: also one whose parent has not yet asked how. */
export type ChildState = 'running' | 'stopped' | 'ended'

/** What a racing process says about itself. */
export type RaceEvent =
  | { readonly event: 'refused'; readonly probe: number }
  | { readonly event: 'found'; readonly pid: number; readonly state: ChildState }
  | { readonly event: 'holds'; readonly counter: number }
  | { readonly event: 'leaves'; readonly isAlone: boolean; readonly isHeld: boolean }
  | { readonly event: 'failed'; readonly error: string }

/** The name of a lock in racing-locks.mjs. */
export type LockKind = 'kernel' | 'ownerFile' | 'none' | 'removing' | 'lease'

export interface RaceChildOptions {
  readonly kind: LockKind
  readonly dataDir: string
  readonly arena: string
  readonly seed: number
  readonly onEvent: (event: RaceEvent) => void
  readonly onExit: (status: number | null) => void
}

const program = fileURLToPath(new URL('lock-race-child.mjs', import.meta.url))
const locks = new URL('racing-locks.mjs', import.meta.url).href

/** A process that races for a lock. */
export class RaceChild {
  readonly pid: number
  readonly #process: ChildProcess
  #isStopped = false

  constructor({ kind, dataDir, arena, seed, onEvent, onExit }: RaceChildOptions) {
    this.#process = spawn(process.execPath, [program, locks, kind, dataDir, arena, String(seed)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.pid = this.#process.pid ?? 0
    // What it said before it ended comes before its end.
    this.#process.on('close', (status) => onExit(status))
    this.#process.stdin?.on('error', () => {})
    if (this.#process.stdout === null) throw new Error('a child without output')
    createInterface({ input: this.#process.stdout }).on('line', (line) => onEvent(JSON.parse(line)))
  }

  get state(): ChildState {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return 'ended'
    return this.#isStopped ? 'stopped' : 'running'
  }

  tell(command: string): void {
    this.#process.stdin?.write(`${command}\n`)
  }

  /** Resolves when it does not run any more, or is to go on already. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#process.kill('SIGSTOP')
    while (this.state === 'stopped' && !(await this.#isInStop()))
      await new Promise((resolve) => setImmediate(resolve))
  }

  continue(): void {
    if (!this.#isStopped) return
    this.#isStopped = false
    this.#process.kill('SIGCONT')
  }

  /** Resolves when it has ended. A process that is stopped ends too. */
  async kill(): Promise<void> {
    if (this.state === 'ended') return
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exit
  }

  async #isInStop(): Promise<boolean> {
    const stat = await readFile(`/proc/${this.pid}/stat`, 'latin1').catch(() => ') T')
    return stat.charAt(stat.lastIndexOf(')') + 2) === 'T'
  }
}
