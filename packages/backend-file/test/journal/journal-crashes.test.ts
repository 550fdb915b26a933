import { describe, expect, it } from 'vitest'
import { exploreCrashes } from '../simulated-disk/explore-crashes.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { journalExploration, type Step } from './journal-session.js'

const scripted: readonly Step[] = [
  { append: [0] },
  { append: [1, 2, 3] },
  { append: [4] },
  'reopen',
  { append: [5, 6] },
  'abandon',
  { append: [7] },
  { append: [8, 9] },
  'abandon',
  'abandon',
  { append: [10] },
]

/** Random histories in a run: more of them by hand or at night. The whole store has random histories of its own. */
const rounds = Number(process.env.HOLDFAST_CRASH_ROUNDS ?? 1)
/** How many more crashes within the recovery there are in a long run. */
const deeper = process.env.HOLDFAST_CRASH_ROUNDS === undefined ? 0 : 1

function randomSteps(of: number): readonly Step[] {
  const random = seededRandom(of)
  let number = 0
  return Array.from({ length: 14 }, (): Step => {
    const choice = random.below(8)
    if (choice === 0) return 'reopen'
    if (choice === 1) return 'abandon'
    return { append: Array.from({ length: 1 + random.below(4) }, () => number++) }
  })
}

describe(`a journal after a crash, seed ${seed}`, { timeout: 120_000 + rounds * 30_000 }, () => {
  it('has a prefix of its history that holds all that was acknowledged', async () => {
    const report = await exploreCrashes({
      ...journalExploration({ seed, steps: scripted }),
      nested: deeper,
    })
    expect(report.violations).toEqual([])
    expect(report.outcomes).toEqual({ acked: 11, rejected: 0, unknown: 0 })
    expect(report.states).toBeGreaterThan(500)
    if (deeper > 0) expect(report.nestedStates).toBeGreaterThan(1000)
  })

  it('does so after random histories', async () => {
    let states = 0
    for (let round = 0; round < rounds; round++) {
      const steps = randomSteps(seed + round)
      const report = await exploreCrashes({
        ...journalExploration({ seed: seed + round, steps }),
        nested: deeper,
      })
      expect(report.violations).toEqual([])
      states += report.states + report.nestedStates
    }
    console.log(`${states} crash states in ${rounds} random histories`)
    expect(states).toBeGreaterThan(1000 * rounds)
  })

  it('loses only an end to a power cut in the mode normal, and nothing when the process is killed', async () => {
    const exploration = journalExploration({ seed, steps: scripted, durability: 'normal' })
    const report = await exploreCrashes({ ...exploration, nested: deeper })
    expect(report.violations).toEqual([])
    expect(report.outcomes.acked).toBe(11)
  })

  it('says CORRUPT or shows a prefix after a bit has changed', async () => {
    const report = await exploreCrashes({
      ...journalExploration({ seed, steps: scripted }),
      limits: { cuts: 0, seeds: 0, names: 0, flips: 20 },
    })
    expect(report.violations).toEqual([])
    expect(report.corrupt).toBeGreaterThan(300)
  })
})
