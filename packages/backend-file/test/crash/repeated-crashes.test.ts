import { describe, expect, it } from 'vitest'
import { seed } from '../simulated-disk/seed.js'
import { exploreStore } from './explore-store.js'
import { holdTime } from './hold-time.js'
import { emptyDirectory } from './scripted-histories.js'
import { ann, insert, node } from './tiny-writes.js'

holdTime()

describe(`a store whose processes end one after the other, seed ${seed}`, { timeout: 900_000 }, () => {
  it.each(['full', 'normal'] as const)(
    'shows what it should after the crash that follows, mode %s',
    async (durability) => {
      const report = await exploreStore({
        name: 'processes that end',
        prepare: emptyDirectory,
        seed,
        durability,
        steps: [
          { together: [insert([node('a', ann)])] },
          'abandon',
          { together: [insert([node('b', ann)])] },
        ],
        limits: { cuts: 1, seeds: 1, names: 6 },
        // Little but what a process finds that the one before it has left in the system's cache.
        nested: 0,
        nestedPoints: 12,
        nestedDamages: 4,
      })
      console.log(
        `${report.states} different disks of ${report.crashes} crashes, ${report.nested} of them in a recovery`,
      )
      expect(report.violations).toEqual([])
      expect(report.outcomes).toEqual({ acked: 2, rejected: 0, unknown: 0 })
      expect(report.nested).toBeGreaterThan(3_000)
    },
  )
})
