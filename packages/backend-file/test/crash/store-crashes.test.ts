import { describe, expect, it } from 'vitest'
import { exploreCrashes } from '../simulated-disk/explore-crashes.js'
import { seed } from '../simulated-disk/seed.js'
import { holdTime } from './hold-time.js'
import { oldDirectory } from './prepared-directories.js'
import { type StoreStep, storeExploration } from './store-exploration.js'

holdTime()

/** Every operation, publishing by every way, and every way to end. */
const scripted: readonly StoreStep[] = [
  { together: [{ do: 'insert', ids: ['a', 'b', 'c'], tag: 1 }] },
  {
    together: [
      { do: 'access', ids: ['a', 'b'] },
      { do: 'episode', id: 'e', tag: 2 },
    ],
  },
  'compact',
  {
    together: [
      { do: 'update', id: 'a', tag: 3 },
      { do: 'delete', ids: ['b'] },
    ],
  },
  {
    together: [
      { do: 'cluster', ids: ['a', 'c'], tag: 4 },
      { do: 'access', ids: ['a'] },
    ],
    besideCompaction: true,
  },
  'abandon',
  { together: [{ do: 'insert', ids: ['b', 'd'], tag: 5 }] },
  'reopen',
  { together: [{ do: 'leave', id: 'u' }] },
  {
    together: [
      { do: 'model', id: 'm' },
      { do: 'forget', id: 'e' },
    ],
  },
]

describe(`a store after a crash, seed ${seed}`, { timeout: 600_000 }, () => {
  it.each([
    { name: 'an empty directory', prepare: undefined },
    { name: 'a directory of the Python system', prepare: oldDirectory },
  ])('has a prefix of its history that holds all that was acknowledged: $name', async ({ prepare }) => {
    const report = await exploreCrashes({
      ...storeExploration({ seed, steps: scripted, ...(prepare ? { prepare } : {}) }),
      limits: { cuts: 2, seeds: 1, names: 4 },
    })
    console.log(`${report.states} crash states, ${report.distinctStates} of them distinct`)
    expect(report.violations).toEqual([])
    expect(report.outcomes).toEqual({ acked: 11, rejected: 0, unknown: 0 })
    expect(report.states).toBeGreaterThan(3000)
  })
})
