import { messageOf, sqlStateOf } from './sql-error.js'

/** How often a transaction that failed is tried, and how long the pauses between may be. */
export interface RetryRule {
  /** The first try counts. */
  readonly tries: number
  /** Milliseconds; doubles with every try. A pause is a random part of it. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

const conflict: RetryRule = { tries: 6, firstPauseMs: 50, longestPauseMs: 5_000 }
const lock: RetryRule = { tries: 4, firstPauseMs: 100, longestPauseMs: 5_000 }
/** Most of these end with the first new connection, a restart takes seconds: bounded by time alone. */
const unreachable: RetryRule = { tries: Number.POSITIVE_INFINITY, firstPauseMs: 100, longestPauseMs: 5_000 }
const otherServer: RetryRule = { tries: 5, firstPauseMs: 500, longestPauseMs: 5_000 }
const saturated: RetryRule = { tries: 6, firstPauseMs: 200, longestPauseMs: 5_000 }
const stalePlan: RetryRule = { tries: 2, firstPauseMs: 0, longestPauseMs: 0 }

/** SQLSTATE, or its class of two characters; what is not here is not tried again. PostgreSQL manual, appendix A. */
const rules: Readonly<Record<string, RetryRule | undefined>> = {
  // What poolers in front of the server say of themselves comes with 08P01 too.
  '08': unreachable,
  '08P01': saturated,
  '25006': otherServer,
  '25P03': conflict,
  '26000': stalePlan,
  '42P05': stalePlan,
  '40001': conflict,
  '40P01': conflict,
  '53300': saturated,
  '53400': saturated,
  '55P03': lock,
  '57P01': unreachable,
  '57P02': unreachable,
  '57P03': unreachable,
  '57P05': unreachable,
}

const socketCodes = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  // The second is a server's socket file while the server is being restarted.
  ...['EAI_AGAIN', 'ENOENT'],
])

/** How `pg` and its pool say that a connection is gone; they give no code. */
const connectionGone = /^(connection terminated|client has encountered a connection error|client was closed)/i

/** The rule for what a transaction failed with, or `undefined` when trying again could not help or is not safe. */
export function retryRuleOf(error: unknown): RetryRule | undefined {
  const state = sqlStateOf(error)
  if (state === '0A000') return /cached plan must not change/.test(messageOf(error)) ? stalePlan : undefined
  if (state !== undefined) return rules[state] ?? rules[state.slice(0, 2)]
  return isSocketFailure(error) ? unreachable : undefined
}

/** Whether a statement that failed so leaves no connection behind that could be used again. */
export function losesConnection(error: unknown): boolean {
  const state = sqlStateOf(error)
  // The driver itself threw: the wire is broken, or a statement that it gave up on is still running.
  if (state === undefined) return true
  return /^(08|57P|25006|26000|42P05|0A000|25P03|25P04|40003)/.test(state)
}

/** Whether the error came from the socket, and not from the server. */
export function isSocketFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string' && socketCodes.has(error.code)) {
    return !('syscall' in error && error.syscall === 'open')
  }
  return connectionGone.test(error.message)
}
