import cliProgress from 'cli-progress'
import pc from 'picocolors'
import wrapAnsi from 'wrap-ansi'
import { fitColumns, plainText } from './plain-text.js'

/** Where the story is written, and how wide it may be. */
export interface Terminal {
  readonly columns: number
  readonly isInteractive: boolean
  readonly hasColors: boolean
  write(text: string): void
}

export interface Bar {
  update(done: number, total: number): void
  stop(): void
}

/** Writes the story: headings, paragraphs, findings. No line is wider than the terminal. */
export class Narrator {
  readonly #terminal: Terminal
  readonly #colors: ReturnType<typeof pc.createColors>
  #chapter = 0

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#colors = pc.createColors(terminal.hasColors)
  }

  title(text: string): void {
    this.#wrapped(text, '', (line) => this.#colors.bold(line))
  }

  /** Begins the next numbered part. */
  chapter(text: string): void {
    this.#chapter += 1
    this.#terminal.write('\n')
    const number = `${this.#chapter}  `
    this.#wrapped(text, '   ', (line) => this.#colors.bold(this.#colors.cyan(line)), number)
  }

  /** An empty line. */
  pause(): void {
    this.#terminal.write('\n')
  }

  say(text: string): void {
    this.#wrapped(text, '   ')
  }

  /** An item of a list. */
  item(text: string): void {
    this.#wrapped(text, '     ', (line) => line, '   - ')
  }

  /** Something that was to be shown holds. */
  confirm(text: string): void {
    this.#wrapped(text, '     ', (line) => this.#colors.green(line), '   ✓ ')
  }

  /** Something that was to be shown does not hold. */
  complain(text: string): void {
    this.#wrapped(text, '     ', (line) => this.#colors.red(line), '   ✗ ')
  }

  ask(question: string): void {
    this.#terminal.write('\n')
    this.#wrapped(`“${fitColumns(plainText(question), this.#terminal.columns * 2 - 10)}”`, '   ', (line) =>
      this.#colors.yellow(line),
    )
  }

  /** A memory: its score, the beginning of its text, its id. */
  memory(score: number, text: string, id: string): void {
    const shown = fitColumns(plainText(text), this.#terminal.columns - 10)
    this.#terminal.write(`   ${this.#colors.bold(score.toFixed(3).padStart(6))} ${shown}\n`)
    this.#wrapped(plainText(id), '          ', (line) => this.#colors.dim(line))
  }

  /** A command to copy: broken at blanks, so that a shell takes the lines as one. */
  command(text: string): void {
    const lines = wrapAnsi(text, this.#terminal.columns - 8, { hard: false }).split('\n')
    this.#terminal.write(
      `${lines.map((line, index) => `${index === 0 ? '   ' : '     '}${this.#colors.cyan(line)}`).join(' \\\n')}\n`,
    )
  }

  /** A progress bar; on anything but a terminal it draws nothing. */
  bar(): Bar {
    if (!this.#terminal.isInteractive) return { update() {}, stop() {} }
    const bar = new cliProgress.SingleBar({
      format: '   [{bar}] {value}/{total}',
      barsize: Math.max(5, Math.min(40, this.#terminal.columns - 22)),
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      hideCursor: true,
      stream: process.stdout,
    })
    let isStarted = false
    return {
      update(done, total) {
        if (isStarted) bar.update(done)
        else bar.start(total, done)
        isStarted = true
      },
      stop() {
        if (isStarted) bar.stop()
      },
    }
  }

  #wrapped(
    text: string,
    indent: string,
    paint: (line: string) => string = (line) => line,
    first = indent,
  ): void {
    const lines = wrapAnsi(text, this.#terminal.columns - indent.length, { hard: true }).split('\n')
    for (const [index, line] of lines.entries()) {
      this.#terminal.write(`${index === 0 ? first : indent}${paint(line)}\n`)
    }
  }
}
