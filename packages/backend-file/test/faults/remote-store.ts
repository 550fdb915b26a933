import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { FileBackendOptions } from '../../src/index.js'

const built = new URL('../../dist/index.js', import.meta.url).href
const program = fileURLToPath(new URL('./store-child.mjs', import.meta.url))

/** The objects of the child that can be called: see `store-child.mjs`. */
export type Target = 'process' | 'store' | 'admin' | 'descriptors' | 'files' | 'commands'

/** How a call went. `unknown`: the process ended first. Values are as JSON has them. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | {
      readonly kind: 'refused'
      readonly name: string
      readonly code: string | null
      readonly message: string
    }
  | { readonly kind: 'unknown' }

export interface RemoteCall {
  /** Whether the child has said that it begins. A call that has not begun cannot have had any effect. */
  readonly hasBegun: () => boolean
  /** Resolves when it begins, or when the process has ended. */
  readonly begun: Promise<void>
  /** Never rejects. */
  readonly outcome: Promise<Outcome>
}

export interface RemoteStoreOptions {
  /** A program, with its first arguments, that becomes the given command: a shell that sets limits, for example. */
  readonly through?: readonly string[]
}

interface Pending {
  hasBegun: boolean
  readonly begin: () => void
  readonly settle: (outcome: Outcome) => void
}

interface Message {
  readonly ready?: boolean
  readonly id?: number
  readonly begun?: boolean
  readonly value?: unknown
  readonly refused?: { readonly name: string; readonly code: string | null; readonly message: string }
}

/** An error that a child's call gave. */
export class RemoteError extends Error {
  readonly code: string | null

  constructor(name: string, code: string | null, message: string) {
    super(message)
    this.name = name
    this.code = code
  }
}

/** A store in a process of its own, which is killed at the end of the test at the latest. */
export class RemoteStore {
  readonly #process: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #ended: Promise<unknown>
  /** Resolves when the process can be asked, or has ended. */
  readonly whenReady: Promise<void>
  #setReady = () => {}
  #next = 0
  #isOver = false

  private constructor(child: ChildProcess) {
    this.#process = child
    this.whenReady = new Promise((resolve) => {
      this.#setReady = resolve
    })
    if (child.stdout === null) throw new TypeError('the child has no output')
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)))
    // A child that is killed may leave a call behind that nobody reads.
    child.stdin?.on('error', () => {})
    this.#ended = once(child, 'close').then(() => this.#end())
  }

  /** Starts a process; it opens no store by itself. */
  static start({ through = [] }: RemoteStoreOptions = {}): RemoteStore {
    const command = [...through, process.execPath, program, built]
    const child = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const store = new RemoteStore(child)
    onTestFinished(() => store.kill())
    return store
  }

  get isOver(): boolean {
    return this.#isOver
  }

  call(target: Target, method: string, ...args: readonly unknown[]): RemoteCall {
    const id = this.#next++
    let begin = () => {}
    let settle: (outcome: Outcome) => void = () => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const outcome = new Promise<Outcome>((resolve) => {
      settle = resolve
    })
    const pending: Pending = { hasBegun: false, begin, settle }
    if (this.#isOver) this.#forget(pending)
    else {
      this.#pending.set(id, pending)
      this.#process.stdin?.write(`${JSON.stringify({ id, target, method, args })}\n`)
    }
    return { hasBegun: () => pending.hasBegun, begun, outcome }
  }

  /** The value of a call. @throws {RemoteError} what the child's call was refused with. */
  async ask(target: Target, method: string, ...args: readonly unknown[]): Promise<unknown> {
    const outcome = await this.call(target, method, ...args).outcome
    if (outcome.kind === 'value') return outcome.value
    if (outcome.kind === 'unknown') throw new Error(`the process ended before ${method} did`)
    throw new RemoteError(outcome.name, outcome.code, outcome.message)
  }

  async open(options: FileBackendOptions): Promise<void> {
    await this.ask('process', 'open', options)
  }

  /** Kills the process; resolves when all that it said has been heard. */
  async kill(): Promise<void> {
    if (!this.#isOver) this.#process.kill('SIGKILL')
    await this.#ended
  }

  #hear(message: Message): void {
    if (message.ready) this.#setReady()
    if (message.id === undefined) return
    const pending = this.#pending.get(message.id)
    if (pending === undefined) throw new Error(`an answer that was not asked for: ${message.id}`)
    if (message.begun) {
      pending.hasBegun = true
      pending.begin()
      return
    }
    this.#pending.delete(message.id)
    if (message.refused) pending.settle({ kind: 'refused', ...message.refused })
    else pending.settle({ kind: 'value', value: message.value })
  }

  #end(): void {
    this.#isOver = true
    this.#setReady()
    for (const pending of this.#pending.values()) this.#forget(pending)
    this.#pending.clear()
  }

  #forget({ begin, settle }: Pending): void {
    begin()
    settle({ kind: 'unknown' })
  }
}
