import { afterAll, beforeAll, vi } from 'vitest'

/** Lets the clock stand still in a file of tests, so that two runs of one history write the same. */
export function holdTime(): void {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-02T03:04:05Z') })
  })
  afterAll(() => {
    vi.useRealTimers()
  })
}
