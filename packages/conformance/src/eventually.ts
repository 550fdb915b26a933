import { setTimeout } from 'node:timers/promises'

/** Milliseconds within which a condition must hold, and between two looks at it. */
const patience = 1_000
const pause = 50

/** Asks again until `check` does not throw, for a second; then what it threw last is thrown. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + patience; ; ) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() >= deadline) throw error
    }
    await setTimeout(pause)
  }
}
