import { MemoryError } from '@holdfast/core'
import { describe, expect, it, vi } from 'vitest'
import { ifPresent, systemCode } from '../../src/disk/disk-failure.js'
import type { DirectoryLockOptions } from '../../src/lock/directory-lock.js'
import { readOwnerRecord, writeOwnerRecord } from '../../src/lock/owner-record.js'
import { mayBeAlive, ownIdentity } from '../../src/lock/process-identity.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { type HeldLock, type LeftOver, runSchedule, type ScheduleOptions } from './lock-schedule.js'
import { currentProcess } from './simulated-processes.js'

vi.mock('../../src/lock/process-identity.js', () => import('./simulated-processes.js'))

// A process that waits lets the others go on; how long it waits means nothing here.
const realSetTimeout = globalThis.setTimeout
vi.stubGlobal('setTimeout', (done: () => void, delay: number) => {
  const process = currentProcess()
  if (process === undefined) return realSetTimeout(done, delay)
  void process.call().then(done)
  return undefined
})

/** Schedules for each situation: more of them by hand or at night. */
const rounds = Number(process.env.HOLDFAST_LOCK_SCHEDULES ?? 250)

const kernel = true
const ownerFile = false
const alone = [ownerFile, ownerFile, ownerFile]
const kernels = [kernel, kernel, kernel]
const mixed = [kernel, ownerFile, kernel, ownerFile]

const owner = 'owner.json'
const claimOn = (nonce: string) => `${owner}.${nonce}.claim`
const of = (name: string, nonce: string, hasKernelLock = ownerFile): LeftOver => ({
  name,
  record: { nonce, hasKernelLock },
})
const damaged = (name: string): LeftOver => ({ name, record: 'damaged' })

type Schedules = Omit<ScheduleOptions, 'random'>

async function runAll(options: Schedules, count: number) {
  const violations: string[] = []
  const replaced = { owner: 0, claims: 0 }
  let [steps, holds, kills] = [0, 0, 0]
  for (let round = 0; round < count; round++) {
    const report = await runSchedule({ ...options, random: seededRandom(seed + round) })
    violations.push(...report.violations.map((violation) => `seed ${seed + round}: ${violation}`))
    steps += report.steps
    holds += report.holds
    kills += report.kills
    for (const name of report.replaced) replaced[name === owner ? 'owner' : 'claims'] += 1
  }
  return { violations, replaced, steps, holds, kills }
}

describe(`processes that race for a lock in any order of their calls, and die anywhere (seed ${seed})`, () => {
  it.each<[string, Omit<Schedules, 'hasLinks'>]>([
    ['nothing, for processes without a kernel lock', { leftOvers: [], contenders: alone }],
    ['nothing, for processes with one', { leftOvers: [], contenders: kernels }],
    ['nothing, for both', { leftOvers: [], contenders: mixed }],
    ['a dead owner, without', { leftOvers: [of(owner, 'a')], contenders: alone }],
    ['a dead owner, both', { leftOvers: [of(owner, 'a', kernel)], contenders: mixed }],
    ['a dead claimant, without', { leftOvers: [of(owner, 'a'), of(claimOn('a'), 'b')], contenders: alone }],
    [
      'a dead claimant, both',
      { leftOvers: [of(owner, 'a', kernel), of(claimOn('a'), 'b', kernel)], contenders: mixed },
    ],
    [
      'dead claimants of each other, without',
      { leftOvers: [of(owner, 'a'), of(claimOn('a'), 'b'), of(claimOn('b'), 'c')], contenders: alone },
    ],
    ['a damaged owner file, with', { leftOvers: [damaged(owner)], contenders: kernels }],
    ['a damaged owner file, both', { leftOvers: [damaged(owner)], contenders: mixed }],
    ['a damaged claim, both', { leftOvers: [of(owner, 'a'), damaged(claimOn('a'))], contenders: mixed }],
    [
      'what an earlier version left on a damaged file, with',
      { leftOvers: [damaged(owner), damaged(claimOn('damaged'))], contenders: kernels },
    ],
  ])('finding %s', { timeout: 60_000 + rounds * 100 }, async (_found, schedules) => {
    for (const hasLinks of [true, false]) {
      const report = await runAll({ ...schedules, hasLinks }, rounds)
      expect(report.violations, `links: ${hasLinks}`).toEqual([])
      // The control: it was held, holders died, and their places were taken.
      expect(report.holds).toBeGreaterThan(rounds)
      expect(report.kills).toBeGreaterThan(rounds)
      expect(report.replaced.owner).toBeGreaterThan(rounds / 10)
    }
  })

  it('catches a lock whose holder removes a dead one and then takes its place', async () => {
    const schedules = { leftOvers: [of(owner, 'a')], contenders: alone, hasLinks: true }
    const { violations } = await runAll({ ...schedules, take: removeAndTake }, 100)
    expect(violations.filter((violation) => violation.includes('held by')).length).toBeGreaterThan(0)
  })

  it('catches one that waits for nobody', async () => {
    const none: HeldLock = { assertHeld: async () => {}, release: async () => {} }
    const take = async ({ files, dataDir }: DirectoryLockOptions) => {
      await ifPresent(() => files.stat(dataDir))
      return none
    }
    const schedules = { leftOvers: [of(owner, 'a')], contenders: alone, hasLinks: true, take }
    const { violations } = await runAll(schedules, 20)
    expect(violations.filter((violation) => violation.includes('held by')).length).toBeGreaterThan(0)
  })
})

/** The usual mistake: two that found the same holder dead both remove a file, and the second removes that of the first. */
async function removeAndTake({ files, dataDir }: DirectoryLockOptions): Promise<HeldLock> {
  const path = `${dataDir}/.holdfast/${owner}`
  const own = { ...(await ownIdentity()), nonce: 'own', hasKernelLock: false }
  const found = await ifPresent(() => readOwnerRecord(files, path))
  if (found !== undefined && found !== 'damaged') {
    if (await mayBeAlive(found, own)) throw new MemoryError('LOCKED', 'taken')
    await ifPresent(() => files.unlink(path))
  }
  try {
    await writeOwnerRecord(files, path, own)
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? new MemoryError('LOCKED', 'taken') : error
  }
  return { assertHeld: async () => {}, release: () => files.unlink(path) }
}
