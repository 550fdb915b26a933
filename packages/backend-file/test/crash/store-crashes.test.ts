import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { exploreCrashes } from '../simulated-disk/explore-crashes.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { oldDirectory } from './prepared-directories.js'
import { type StoreStep, storeExploration } from './store-exploration.js'

beforeAll(() => {
  // Two runs of one history must write the same.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-02T03:04:05Z') })
})
afterAll(() => {
  vi.useRealTimers()
})

const scripted: readonly StoreStep[] = [
  { together: [{ do: 'insert', ids: ['a', 'b', 'c'], tag: 1 }] },
  { together: [{ do: 'access', ids: ['a', 'b'] }, { do: 'episode', id: 'e', tag: 2 }] },
  'compact',
  { together: [{ do: 'update', id: 'a', tag: 3 }, { do: 'delete', ids: ['b'] }] },
  { together: [{ do: 'cluster', ids: ['a', 'c'], tag: 4 }, { do: 'access', ids: ['a'] }], besideCompaction: true },
  'abandon',
  { together: [{ do: 'insert', ids: ['b', 'd'], tag: 5 }] },
  'reopen',
  { together: [{ do: 'leave', id: 'u' }] },
  { together: [{ do: 'model', id: 'm' }, { do: 'forget', id: 'e' }] },
]

describe(`a store after a crash, seed ${seed}`, { timeout: 600_000 }, () => {
  it.each([
    { name: 'an empty directory', prepare: undefined },
    { name: 'a directory of the Python system', prepare: oldDirectory },
  ])('has a prefix of its history that holds all that was acknowledged: $name', async ({ prepare }) => {
    const started = performance.now()
    const report = await exploreCrashes({
      ...storeExploration({ seed, steps: scripted, ...(prepare ? { prepare } : {}) }),
      nested: 1,
    })
    console.log(report.calls, report.states, report.nestedStates, performance.now() - started)
    expect(report.violations).toEqual([])
    expect(report.outcomes).toEqual({ acked: 12, rejected: 0, unknown: 0 })
  })
  void seededRandom
})
