import { describe, expect, it, onTestFinished } from 'vitest'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { DirectoryLock } from '../../src/lock/directory-lock.js'
import { flockCommand } from '../../src/lock/kernel-lock.js'
import { OpenDirectories } from '../../src/lock/open-directories.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { LockRace, type LockRaceOptions } from './lock-race.js'
import type { LockKind } from './race-child.js'

/** How often the lock is taken, in all: more by hand or at night. */
const rounds = Number(process.env.HOLDFAST_LOCK_ROUNDS ?? 2000)

async function race(options: Omit<LockRaceOptions, 'root' | 'random'>) {
  const root = await temporaryDirectory()
  const lockRace = new LockRace({ ...options, root, random: seededRandom(seed) })
  onTestFinished(() => lockRace.abandon())
  return { dataDir: lockRace.dataDir, report: await lockRace.run() }
}

const eight = (kind: LockKind) => Array.from({ length: 8 }, () => kind)
const halfOfThem: readonly LockKind[] = eight('kernel').map((kind, index) => (index % 2 ? 'ownerFile' : kind))

const percentile = (sorted: readonly number[], part: number) =>
  sorted[Math.ceil(sorted.length * part) - 1] ?? 0

describe(`eight processes that race for a lock, killed and stopped (HOLDFAST_SEED=${seed})`, () => {
  it.each<[string, readonly LockKind[], number]>([
    ['kept by the kernel', eight('kernel'), 0.35],
    ['kept by an owner file alone', eight('ownerFile'), 0.35],
    ['of which half can get no kernel lock', halfOfThem, 0.3],
  ])('never hold it together: %s', { timeout: 60_000 + rounds * 100 }, async (name, kinds, share) => {
    const holds = Math.ceil(rounds * share)
    const { dataDir, report } = await race({ kinds, holds, isEnough: ({ length }) => length > 0 })
    const { violations, takeOvers, ...counts } = report
    const sorted = takeOvers.toSorted((one, other) => one - other)
    const times = [0.5, 0.9, 1].map((part) => percentile(sorted, part).toFixed(0)).join(', ')
    console.log(`${name}: ${JSON.stringify(counts)}; take-over, median, 90 % and longest: ${times} ms`)
    expect(violations).toEqual([])
    expect(counts.holds).toBe(holds)
    // The control: all of this happened.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0)
    expect(takeOvers.length).toBeGreaterThan(holds / 100)
    // No measure, but what is promised: whoever waits need not wait for a lease to end. One process may find no time on
    // a busy machine, but not most.
    if (!kinds.includes('ownerFile')) expect(percentile(sorted, 0.9)).toBeLessThan(1000)
    const world = { files: nodeFileSystem, kernelLock: flockCommand, openDirectories: new OpenDirectories() }
    await (await DirectoryLock.take({ ...world, dataDir })).release()
  })

  it.each<[string, LockKind, readonly RegExp[]]>([
    ['for it is none', 'none', [/found \d+ in it/, /counted to/, /holds it with/, /was not alone/]],
    ['for two may follow a dead holder', 'removing', [/(found|holds it with) \d+( in it)?, running/]],
    ['for a stopped holder loses it', 'lease', [/(found|holds it with) \d+( in it)?, stopped/]],
  ])('are seen in one that lets two in, %s', { timeout: 120_000 }, async (_why, kind, signs) => {
    const isSeen = (violations: readonly string[]) =>
      signs.every((sign) => violations.some((violation) => sign.test(violation)))
    const { report } = await race({ kinds: eight(kind), holds: 5000, isEnough: isSeen })
    expect(report.violations).toSatisfy(isSeen)
  })
})
