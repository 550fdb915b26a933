import { beforeEach, describe, expect, it, vi } from 'vitest'
import type * as JournalFrame from '../../src/journal/journal-frame.js'
import type { CrashDamage } from '../simulated-disk/crash-damage.js'
import { seed } from '../simulated-disk/seed.js'
import { damaged, readDamaged } from './damaged-store.js'
import { filesOf } from './disk-image.js'
import { type CrashPlace, exploreStore, type StoreExploration } from './explore-store.js'
import { FailingRuns } from './failing-run.js'
import { holdTime } from './hold-time.js'
import { framesOf } from './random-damage.js'
import { emptyDirectory, scriptedHistories } from './scripted-histories.js'
import { storeOnDisk } from './stores-on-disk.js'
import { access, ann, insert, node, update } from './tiny-writes.js'
import { type WrongDisk, wrongDisks } from './wrong-disks.js'

/** A journal that is read by a program that believes too much. */
const believes = vi.hoisted(() => ({ checksums: false, chains: false }))

vi.mock('../../src/journal/journal-frame.js', async (load: () => Promise<typeof JournalFrame>) => {
  const right = await load()
  let claimed = 0
  return {
    ...right,
    parseFrameHeader: (...args: Parameters<typeof right.parseFrameHeader>) => {
      const header = right.parseFrameHeader(...args)
      claimed = header?.payloadChecksum ?? 0
      return header
    },
    payloadChecksum: (...args: Parameters<typeof right.payloadChecksum>) =>
      believes.checksums ? claimed : right.payloadChecksum(...args),
    continues: (...args: Parameters<typeof right.continues>) => believes.chains || right.continues(...args),
  }
})

holdTime()
beforeEach(() => {
  believes.checksums = false
  believes.chains = false
})

const history: StoreExploration = {
  ...scriptedHistories[0],
  name: 'a few writes',
  steps: [
    {
      together: [
        insert([node('a', ann, { embedding: [1, 2] }), node('b', ann, { humanContent: 'x'.repeat(900) })]),
      ],
    },
    { together: [update(ann, 'a', { humanContent: 'y' }), 'compact', access(ann, 'b')] },
    { together: [insert([node('c', ann, { embedding: [3, 4] })])] },
  ],
  seed,
  limits: { cuts: 2, seeds: 2, names: 4 },
  nested: 0,
  enough: 1,
}

const explore = (bug: WrongDisk, only?: CrashPlace) =>
  exploreStore({ ...history, through: wrongDisks[bug] }, only)

const lost: CrashDamage = { kind: 'power', content: { kind: 'lose' }, names: { kind: 'lose' } }

/** Lets each call fail until something is wrong. */
async function failEveryCall(bug: WrongDisk): Promise<readonly string[]> {
  const runs = new FailingRuns({ ...history, through: wrongDisks[bug] })
  for (let call = 0; ; call++) {
    const report = await runs.run({ faults: [{ call, effect: 'EIO' }], crashes: [lost] })
    if (call >= report.calls.length || report.violations.length > 0) return report.violations
  }
}

/** Exchanges each two frames of a journal that was read to its end otherwise. */
async function exchangeFrames(): Promise<readonly string[]> {
  const journaled = ['a', 'b', 'c'].map((id) => insert([node(id, ann, { humanContent: id })]))
  const store = await storeOnDisk(emptyDirectory, { published: [insert([node('x', ann)])], journaled })
  const [path, bytes] =
    [...filesOf(store.root)].flatMap(([name, { current }]) =>
      name.endsWith('.log') ? [[name, current.all()] as const] : [],
    )[0] ?? []
  if (path === undefined || bytes === undefined) throw new Error('there is no journal')
  const frames = framesOf(bytes)
  const lies: string[] = []
  for (const one of frames.keys()) {
    for (const other of frames.keys()) {
      const order = [...frames.keys()]
      order[one] = other
      order[other] = one
      const parts = order.map((index) => bytes.subarray(...(frames[index] ?? [0, 0])))
      const content = Buffer.concat([bytes.subarray(0, 64), ...parts])
      const root = damaged(store.root, [{ path, content, isDated: false }])
      await readDamaged(store, root).catch((error: unknown) => lies.push(String(error)))
    }
  }
  return lies
}

describe(`a bug in the store, seed ${seed}`, { timeout: 300_000 }, () => {
  it('is what the tests below find, not the tests themselves', async () => {
    const { violations, states } = await explore('no bug')
    expect(violations).toEqual([])
    expect(states).toBeGreaterThan(500)
    expect(await failEveryCall('no bug')).toEqual([])
    expect(await exchangeFrames()).toEqual([])
  })

  it.each([
    'directories are not synced',
    'a write is acknowledged before its sync',
    'files are put in place before they are synced',
    'a commit is made before its files are synced',
    'journals are removed before the commit',
  ] as const)('is found by crashes: %s', async (bug) => {
    // One place can show it in several ways.
    expect((await explore(bug)).violations).not.toHaveLength(0)
  })

  it('is found by failing calls: a failed sync is tried again', async () => {
    expect((await failEveryCall('a failed sync is tried again')).length).toBeGreaterThan(0)
  })

  it('is found by crashes: a wrong checksum is believed', async () => {
    believes.checksums = true
    expect((await explore('no bug')).violations).not.toHaveLength(0)
  })

  it('is found by damage: a frame is believed wherever it stands', async () => {
    believes.chains = true
    expect((await exchangeFrames()).length).toBeGreaterThan(0)
  })

  it('can be looked at again by its place', async () => {
    const [violation = ''] = (await explore('directories are not synced')).violations
    const place = /replay (\{.*?\}): /.exec(violation)?.[1]
    const replayed = await explore('directories are not synced', JSON.parse(place ?? '{}'))
    // That one, and the one that it happened after, if there was one.
    expect(replayed.crashes).toBeLessThanOrEqual(2)
    expect(replayed.violations.map(withoutSizes)).toEqual([withoutSizes(violation)])
  })
})

/** The first line; the times in a record of the files have more digits in one run than in another. */
function withoutSizes(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/ left \d+/, '')
}
