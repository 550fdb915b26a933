import { readFileSync } from 'node:fs'
import type { Logger } from '@holdfast/core'
import { CommanderError } from 'commander'
import pc from 'picocolors'
import type { CommandContext } from './command-context.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { failureOf } from './failure.js'
import { interruptible } from './interruption.js'
import type { MigrationProgress } from './migration-progress.js'
import { printable } from './printable-text.js'
import { createProgram } from './program.js'
import { progressBar } from './progress-bar.js'
import { progressLines } from './progress-lines.js'
import { type Report, reportLines } from './report.js'
import { runCopy } from './run-copy.js'
import { runDoctor } from './run-doctor.js'
import { runMaintain } from './run-maintain.js'
import { runRepair } from './run-repair.js'
import { schemaSql } from './run-schema.js'
import { runVerify } from './run-verify.js'

/** The two outputs. Results go to the first, progress, warnings and errors to the second. */
export interface Outputs {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/**
 * Runs a command line and gives its exit code. It prints; it does not end the process.
 * @param args without the name of the program.
 */
export async function main(args: readonly string[], { stdout, stderr }: Outputs): Promise<ExitCode> {
  // Some package managers pass on the `--` that separates their own options from ours.
  const given = args[0] === '--' ? args.slice(1) : args
  const asJson = given.includes('--json')
  const view = isDrawable(stderr) ? progressBar(stderr) : progressLines((text) => stderr.write(text))
  let progress: MigrationProgress | undefined
  let started: Report['command'] | undefined
  let exitCode: ExitCode = exitCodes.ok

  const run = async (name: Report['command'], command: (context: CommandContext) => Promise<Report>) => {
    started = name
    const onProgress = (told: MigrationProgress) => {
      progress = told
      view.show(told)
    }
    const logger = loggerTo((text) => stderr.write(text))
    const say = (text: string) => stderr.write(lines([printable(text)]))
    const report = await interruptible((signal) => command({ signal, onProgress, logger, say })).finally(
      view.stop,
    )
    exitCode = report.ok ? exitCodes.ok : exitCodes.difference
    stdout.write(asJson ? json(report) : lines(paint(reportLines(report), report.ok, stdout)))
  }
  const program = createProgram(packageVersion(), {
    copy: (options) => run('copy', (context) => runCopy(options, context)),
    verify: (options) => run('verify', (context) => runVerify(options, context)),
    doctor: (url, options) => run('doctor', (context) => runDoctor(url, options, context)),
    schema: async (options) => {
      stdout.write(await schemaSql(options))
    },
    maintain: (url, options) => run('maintain', (context) => runMaintain(url, options, context)),
    repair: (url, options) => run('repair', (context) => runRepair(url, options, context)),
  })
  try {
    await program.parseAsync([...given], { from: 'user' })
    return exitCode
  } catch (error) {
    const failure = failureOf(error, progress, started)
    if (failure.exitCode === exitCodes.ok) return failure.exitCode
    if (asJson) stdout.write(json(failure))
    // Commander has printed its own errors already.
    if (!(error instanceof CommanderError)) stderr.write(lines([printable(`error: ${failure.message}`)]))
    return failure.exitCode
  }
}

function isDrawable(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}

/** The last line says whether all is well. */
function paint(text: readonly string[], ok: boolean, stream: NodeJS.WriteStream): readonly string[] {
  const colors = pc.createColors(isDrawable(stream) && !process.env.NO_COLOR)
  return ok ? [...text.slice(0, -1), colors.green(text.at(-1) ?? '')] : text
}

function loggerTo(write: (text: string) => void): Logger {
  const say = (level: string) => (message: string) => write(lines([printable(`${level}: ${message}`)]))
  return { debug() {}, info() {}, warn: say('warning'), error: say('error') }
}

function lines(text: readonly string[]): string {
  return text.map((line) => `${line}\n`).join('')
}

function json(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

function packageVersion(): string {
  const { version }: { readonly version?: unknown } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as object
  return String(version)
}
