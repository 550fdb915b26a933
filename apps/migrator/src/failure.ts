import { MemoryError } from '@holdfast/core'
import { CommanderError } from 'commander'
import { type ExitCode, exitCodeOf } from './exit-codes.js'
import { Interruption } from './interruption.js'
import type { MigrationProgress } from './migration-progress.js'
import type { Report } from './report.js'
import { type UnownedRecords, UnownedRecordsError } from './unowned-records-error.js'
import { UsageError } from './usage-error.js'

/** Why a command ended early; the JSON document of such a run. */
export interface Failure {
  readonly ok: false
  readonly exitCode: ExitCode
  /** A code of `MemoryError`, or `USAGE`, `INTERRUPTED`, `UNEXPECTED`. */
  readonly code: string
  readonly message: string
  /** Records without an owner, when those were refused. */
  readonly unowned?: UnownedRecords
}

/**
 * @param progress the last that was told, for how far an interrupted copy got.
 * @param command which one was running.
 */
export function failureOf(
  error: unknown,
  progress: MigrationProgress | undefined,
  command: Report['command'] | undefined,
): Failure {
  const exitCode = exitCodeOf(error)
  const failure = { ok: false, exitCode } as const
  if (error instanceof UnownedRecordsError) {
    const message = `${error.message}\n--unowned skip leaves them out.`
    return { ...failure, code: error.code, message, unowned: error.unowned }
  }
  if (error instanceof MemoryError) return { ...failure, code: error.code, message: error.message }
  if (error instanceof Interruption) {
    return { ...failure, code: 'INTERRUPTED', message: interruptionText(progress, command) }
  }
  if (error instanceof UsageError || error instanceof CommanderError) {
    return { ...failure, code: 'USAGE', message: error.message }
  }
  return { ...failure, code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) }
}

function interruptionText(
  progress: MigrationProgress | undefined,
  command: Report['command'] | undefined,
): string {
  if (command === 'doctor') return 'Stopped. Nothing was changed.'
  if (command === 'maintain') return 'Stopped. What was built stays; the same command goes on.'
  if (command === 'repair') return 'Stopped. What was done stays; the same command goes on.'
  if (progress === undefined) return 'Stopped before anything was copied.'
  const { phase, done, total } = progress
  switch (phase) {
    case 'survey':
      return 'Stopped before anything was copied.'
    case 'copy':
      return `Stopped after ${done} of ${total} records. The same command with --resume goes on.`
    case 'verify':
      return 'Stopped while comparing. The command verify compares again.'
    default:
      throw phase satisfies never
  }
}
