import { describe, expect, it } from 'vitest'
import type { Fault, FaultCode } from '../simulated-disk/disk-faults.js'
import { type CrashReport, exploreCrashes } from '../simulated-disk/explore-crashes.js'
import { seed } from '../simulated-disk/seed.js'
import { type SeededBug, seededBugs } from './faulty-disks.js'
import { journalExploration, type Step } from './journal-session.js'

const steps: readonly Step[] = [
  { append: [0, 1] },
  { append: [3] },
  'reopen',
  { append: [2] },
  { append: [5, 6, 7] },
  'abandon',
  { append: [8] },
  { append: [9, 10] },
]

/** Two writes of several frames, for what takes long to find. */
const few: readonly Step[] = [{ append: [0, 1] }, { append: [5, 6, 7] }, { append: [8] }]

/** In a short one, recovery is crashed after every fourth call that failed. */
const isLong = process.env.HOLDFAST_CRASH_ROUNDS !== undefined

/**
 * Fails each call of the history in turn; what the store then promised must be there after a crash: at the end, or at
 * any moment when only the first violation is looked for.
 */
async function failEveryCall(
  bug: SeededBug,
  effects: readonly Fault['effect'][],
  sticky: boolean,
  until = Number.POSITIVE_INFINITY,
) {
  const through = seededBugs[bug]
  const reports: CrashReport[] = []
  // In a short run each call fails with one of the effects, in a long one with each.
  for (const turn of isLong ? effects.keys() : [0]) {
    for (let call = 0; ; call++) {
      const effect = effects[(turn + call) % effects.length] ?? 'EIO'
      const report = await exploreCrashes({
        ...journalExploration({ seed: seed + call, steps: until === 1 ? few : steps, through }),
        faults: [{ call, effect, sticky, partial: until === 1 || call % 2 === 0 }],
        onlyAtEnd: until === Number.POSITIVE_INFINITY,
        limits: { cuts: 4, seeds: 1, names: 4 },
        nested: isLong || until === 1 || call % 4 === 0 ? 1 : 0,
      })
      if (call >= report.calls) break
      reports.push(report)
      if (reports.some(({ violations }) => violations.length >= until)) break
    }
  }
  const sum = (count: (report: CrashReport) => number) =>
    reports.reduce((total, one) => total + count(one), 0)
  return {
    violations: reports.flatMap(({ violations }) => violations),
    runs: reports.length,
    hits: sum(({ faultHits }) => Math.min(1, faultHits)),
    rejected: sum(({ outcomes }) => outcomes.rejected),
    unknown: sum(({ outcomes }) => outcomes.unknown),
    acked: sum(({ outcomes }) => outcomes.acked),
  }
}

/** For one call, and for that one and all later ones. */
const codes: readonly (readonly [boolean, readonly FaultCode[]])[] = [
  [false, ['EIO', 'ENOSPC', 'EMFILE']],
  [true, ['EIO', 'EDQUOT', 'EACCES', 'EROFS']],
]

describe(`a journal on a failing disk, seed ${seed}`, { timeout: 300_000 }, () => {
  it.each(codes)(
    'keeps its promises when any call fails (for ever: %s) with any of %j',
    async (sticky, effects) => {
      const result = await failEveryCall('no bug', effects, sticky)
      expect(result.violations).toEqual([])
      expect(result.hits).toBe(result.runs)
      expect(result.runs).toBeGreaterThan(isLong ? 150 : 50)
      expect(result.rejected).toBeGreaterThan(isLong ? 10 : 3)
      expect(result.unknown).toBeGreaterThan(isLong ? 10 : 3)
      expect(result.acked).toBeGreaterThan(100)
    },
  )

  it('does not notice short reads and writes', async () => {
    const { violations, rejected, unknown, hits } = await failEveryCall('no bug', ['short'], true)
    expect({ violations, rejected, unknown }).toEqual({ violations: [], rejected: 0, unknown: 0 })
    expect(hits).toBeGreaterThan(10)
  })

  it('keeps what it promised on a disk with any quota', async () => {
    let rejected = 0
    for (let quota = 64; quota < 20_000; quota += 128) {
      const exploration = { ...journalExploration({ seed, steps }), quota, onlyAtEnd: true }
      const report = await exploreCrashes(exploration)
      expect(report.violations).toEqual([])
      expect(report.outcomes.unknown).toBe(0)
      rejected += report.outcomes.rejected
    }
    expect(rejected).toBeGreaterThan(100)
  })
})

describe(`a bug in the journal, seed ${seed}`, { timeout: 300_000 }, () => {
  const crash = async (bug: SeededBug) =>
    (await exploreCrashes({ ...journalExploration({ seed, steps, through: seededBugs[bug] }), nested: 1 }))
      .violations

  it('is what the tests below find, not the tests themselves', async () => {
    expect(await crash('no bug')).toEqual([])
  })

  it.each([
    'a write is acknowledged before its sync',
    'files are not synced',
    'directories are not synced',
    'a new file gets its name before its sync',
  ] as const)('is found by crashes: %s', async (bug) => {
    expect((await crash(bug)).length).toBeGreaterThan(0)
  })

  it.each(['a failed sync is tried again', 'cutting off a rejected write is not synced'] as const)(
    'is found by failing calls: %s',
    async (bug) => {
      expect((await failEveryCall(bug, ['EIO'], false, 1)).violations.length).toBeGreaterThan(0)
    },
  )

  it('can be looked at again by its seed and place', async () => {
    const exploration = journalExploration({ seed, steps, through: seededBugs['directories are not synced'] })
    const [violation = ''] = (await exploreCrashes(exploration)).violations
    const place = /replay (\{.*?\}): /.exec(violation)?.[1]
    const replayed = await exploreCrashes(exploration, JSON.parse(place ?? '{}'))
    expect(replayed.states).toBe(1)
    expect(replayed.violations.map((text) => text.split('\n')[0])).toEqual([violation.split('\n')[0]])
  })
})
