import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { OtherProgramError } from './other-program-error.js'
import { complaintIn, startProgram } from './run-program.js'

/**
 * A program that prints a line of JSON when it is ready, and one for each line of JSON that it is given. It ends when
 * it is given no more.
 */
export class LineProgram implements AsyncDisposable {
  readonly #input: Writable
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<string>
  #complaint = ''

  private constructor(child: ChildProcess, input: Writable, output: Readable, errors: Readable) {
    this.#input = input
    this.#lines = createInterface({ input: output })[Symbol.asyncIterator]()
    errors.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + String(chunk)).slice(-10_000)
    })
    this.#ended = new Promise((resolve) => {
      child.once('error', ({ message }) => resolve(message))
      child.once('close', (code, signal) => resolve(`it ended with ${signal ?? code}`))
    })
    // Where the program has ended, reading says so.
    input.on('error', () => {})
  }

  /** @throws {OtherProgramError} when it ends before it is ready. */
  static async start(
    command: string,
    args: readonly string[],
  ): Promise<{ readonly program: LineProgram; readonly ready: unknown }> {
    const child = startProgram(command, args, { stdio: 'pipe' })
    const { stdin, stdout, stderr } = child
    if (stdin === null || stdout === null || stderr === null) throw new Error('a pipe was not made')
    const program = new LineProgram(child, stdin, stdout, stderr)
    return { program, ready: await program.#answer() }
  }

  /** One question at a time. @throws {OtherProgramError} when the program ends instead of answering. */
  async ask(question: unknown): Promise<unknown> {
    this.#input.write(`${JSON.stringify(question)}\n`)
    return this.#answer()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#input.end()
    await this.#ended
  }

  async #answer(): Promise<unknown> {
    const { value, done } = await this.#lines.next()
    if (done !== true) return JSON.parse(value)
    const ended = await this.#ended
    throw new OtherProgramError(complaintIn(this.#complaint) ?? ended)
  }
}
