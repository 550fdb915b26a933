import { describe, expect, it } from 'vitest'
import { seed } from '../simulated-disk/seed.js'
import { exploreStore } from './explore-store.js'
import { holdTime } from './hold-time.js'
import { scriptedHistories } from './scripted-histories.js'
import { unevenDisk } from './uneven-disk.js'
import { withoutLinks } from './without-links.js'

holdTime()

const [fromNothing, fromPython, compacted] = scriptedHistories

/** What each history must come to for the test to mean anything. */
const expected = [
  { history: fromNothing, acked: 13, rejected: 1, states: 4_000 },
  { history: fromPython, acked: 11, rejected: 0, states: 4_000 },
  { history: compacted, acked: 11, rejected: 0, states: 3_000 },
] as const

const limits = { cuts: 1, seeds: 1, names: 0 }

describe(`a store after a crash, seed ${seed}`, { timeout: 900_000 }, () => {
  it.each(expected)('has all that was acknowledged and nothing else: $history.name', async (wanted) => {
    const { history, acked, rejected, states } = wanted
    const pace = (disk: Parameters<typeof unevenDisk>[0]) => unevenDisk(disk, seed)
    const report = await exploreStore({ ...history, seed, pace, limits })
    console.log(`${history.name}: ${report.states} different disks of ${report.crashes} crashes`)
    expect(report.violations).toEqual([])
    expect(report.outcomes).toEqual({ acked, rejected, unknown: 0 })
    expect(report.states).toBeGreaterThan(states)
    expect(report.nested).toBeGreaterThan(states / 10)
  })

  it('does so where there are no hard links', async () => {
    const report = await exploreStore({
      ...compacted,
      seed,
      through: withoutLinks,
      limits: { cuts: 0, seeds: 0, names: 2 },
      nested: 0,
    })
    expect(report.violations).toEqual([])
    expect(report.outcomes.acked).toBe(11)
    expect(report.states).toBeGreaterThan(1_000)
  })

  it('loses only an end to a power cut in the mode normal, and nothing to the end of the process', async () => {
    const report = await exploreStore({
      ...fromNothing,
      seed,
      durability: 'normal',
      limits: { cuts: 0, seeds: 1, names: 0 },
      nested: 0,
    })
    expect(report.violations).toEqual([])
    expect(report.outcomes.acked).toBe(13)
    expect(report.states).toBeGreaterThan(1_000)
  })
})
