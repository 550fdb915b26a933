import { describe, expect, it } from 'vitest'
import { seed } from '../simulated-disk/seed.js'
import { exploreStore } from './explore-store.js'
import { holdTime } from './hold-time.js'
import { randomHistory } from './random-store-history.js'
import { unevenDisk } from './uneven-disk.js'

holdTime()

/** Random histories in a run: more of them by hand or at night. */
const rounds = Number(process.env.HOLDFAST_CRASH_ROUNDS ?? 2)

describe(`a store after crashes in random histories, seed ${seed}`, {
  timeout: 300_000 + rounds * 300_000,
}, () => {
  it('has all that was acknowledged and nothing else', async () => {
    const sum = { crashes: 0, states: 0, nested: 0, acked: 0 }
    for (let round = 0; round < rounds; round++) {
      const own = seed * 1000 + round
      const report = await exploreStore({
        ...randomHistory(own, 8),
        seed: own,
        pace: (disk) => unevenDisk(disk, own),
        limits: { cuts: 2, seeds: 1, names: 4 },
      })
      expect(report.violations).toEqual([])
      expect(report.outcomes.unknown).toBe(0)
      sum.crashes += report.crashes
      sum.states += report.states
      sum.nested += report.nested
      sum.acked += report.outcomes.acked
    }
    console.log(`${sum.states} different disks of ${sum.crashes} crashes in ${rounds} random histories`)
    expect(sum.states).toBeGreaterThan(2_000 * rounds)
    expect(sum.nested).toBeGreaterThan(500 * rounds)
    expect(sum.acked).toBeGreaterThan(5 * rounds)
  })
})
