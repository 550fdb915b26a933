import { type ErrorCode, MemoryError } from '@holdfast/core'
import { CommanderError } from 'commander'
import { Interruption } from './interruption.js'
import { UsageError } from './usage-error.js'

/** What the command line exits with. They are API. */
export const exitCodes = {
  /** Done, and the two stores are the same; nothing is wrong with the store. */
  ok: 0,
  /** Found a difference, records without an owner, a target that is not empty, or something wrong with the store. */
  difference: 1,
  /** The command line, a store's URL or a configuration is wrong. */
  usage: 2,
  /** A store cannot be opened, read or written, or the result cannot be printed. */
  cannotOpen: 3,
  /** Another process has the store, or maintains it. */
  locked: 4,
  /** Stopped by Ctrl+C. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const byErrorCode: Partial<Record<ErrorCode, ExitCode>> = {
  SCOPE_REQUIRED: exitCodes.difference,
  CONFLICT: exitCodes.difference,
  DUPLICATE_ID: exitCodes.difference,
  CONFIG_INVALID: exitCodes.usage,
  UNKNOWN_BACKEND: exitCodes.usage,
  LOCKED: exitCodes.locked,
}

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof UsageError) return exitCodes.usage
  if (error instanceof Interruption) return exitCodes.interrupted
  return (error instanceof MemoryError ? byErrorCode[error.code] : undefined) ?? exitCodes.cannotOpen
}
