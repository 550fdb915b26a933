import { setTimeout as sleep } from 'node:timers/promises'
import type { RetryRule } from './failure.js'

/**
 * The pauses between the tries of one call: exponential backoff with full jitter, which spreads out callers that
 * failed together. Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. Written here,
 * since the libraries for it (p-retry, cockatiel) need Node 22 by now, or have one rule for all errors.
 */
export class RetrySchedule {
  readonly #deadline: number
  readonly #random: () => number
  /** Each kind of failure has tries of its own: a restart must not use up those of a deadlock. */
  readonly #failures = new Map<RetryRule, number>()
  #total = 0

  /** @param totalMs milliseconds from now after which no further try begins. */
  constructor(totalMs: number, random: () => number = Math.random) {
    this.#deadline = performance.now() + totalMs
    this.#random = random
  }

  /** Milliseconds until the next try, or `undefined` when there shall be none. */
  next(rule: RetryRule | undefined): number | undefined {
    if (rule === undefined) return undefined
    const failures = (this.#failures.get(rule) ?? 0) + 1
    this.#failures.set(rule, failures)
    this.#total += 1
    if (failures >= rule.tries) return undefined
    const left = this.#deadline - performance.now()
    if (left <= 0) return undefined
    const longest = Math.min(rule.longestPauseMs, rule.firstPauseMs * 2 ** (this.#total - 1))
    // A pause that would end after the deadline is cut, so that the time left is not slept away for nothing.
    return Math.min(this.#random() * longest, left)
  }
}

/** Waits. @throws the signal's reason as soon as it is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
