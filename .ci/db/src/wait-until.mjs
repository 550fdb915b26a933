import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks again every `everyMs` until the condition holds.
 *
 * @param {() => boolean | Promise<boolean>} condition
 * @param {{ readonly timeoutMs: number, readonly everyMs?: number }} options
 * @returns {Promise<boolean>} false when the time ran out first
 */
export async function waitUntil(condition, { timeoutMs, everyMs = 50 }) {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    if (await condition()) return true
    if (performance.now() >= deadline) return false
    await delay(everyMs)
  }
}
