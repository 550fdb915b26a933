import { describe, expect, it } from 'vitest'
import type { CrashDamage } from '../simulated-disk/crash-damage.js'
import type { Fault, FaultCode } from '../simulated-disk/disk-faults.js'
import { seed } from '../simulated-disk/seed.js'
import type { DiskCall } from '../simulated-disk/simulated-disk.js'
import { type FailingDisk, type FailingReport, FailingRuns } from './failing-run.js'
import { holdTime } from './hold-time.js'
import { pythonDirectory, type StoreHistory, scriptedHistories } from './scripted-histories.js'
import {
  access,
  acme,
  ann,
  bob,
  episode,
  insert,
  insertEpisodes,
  node,
  remove,
  update,
} from './tiny-writes.js'

holdTime()

/** Short, and yet with a compaction beside a write, a recovery, and a close that publishes. */
const history: StoreHistory = {
  name: 'a short history',
  prepare: pythonDirectory,
  steps: [
    { together: [insert([node('x', bob, { embedding: [1, 1] })]), update(ann, 'a', { embedding: [2, 2] })] },
    { together: ['compact', access(ann, 'a')] },
    'abandon',
    { together: [remove(ann, 'c'), insertEpisodes([episode('e', acme)])] },
    'reopen',
    { together: [insert([node('y', acme)])] },
  ],
}

const others: readonly FaultCode[] = ['EDQUOT', 'EACCES', 'EMFILE']
/** In a long run every call fails with every code, else with three of them. */
const turns = process.env.HOLDFAST_CRASH_ROUNDS === undefined ? 1 : others.length

const lost = { kind: 'power', content: { kind: 'lose' }, names: { kind: 'lose' } } as const
const torn = { kind: 'power', content: { kind: 'sectors', seed }, names: { kind: 'keep' } } as const
const damages: readonly CrashDamage[] = [{ kind: 'kill' }, lost, torn]

type Code = Fault['effect']

/** What many runs came to. */
class Tally {
  readonly violations: string[] = []
  readonly ends = { usable: 0, refusing: 0, closed: 0 }
  readonly outcomes = { acked: 0, rejected: 0, unknown: 0 }
  readonly codes = new Set<string>()
  /** Kinds of calls after whose failure everything was refused. */
  readonly refusedAfter = new Set<string>()
  runs = 0

  add({ violations, end, outcomes, codes, hasRefused }: FailingReport, failed?: DiskCall): void {
    this.violations.push(...violations)
    this.ends[end] += 1
    for (const key of ['acked', 'rejected', 'unknown'] as const) this.outcomes[key] += outcomes[key]
    for (const code of codes) this.codes.add(code)
    this.runs += 1
    if (hasRefused && failed) this.refusedAfter.add(nameOf(failed))
  }
}

/** A call by its kind; one that is neither of the two syncs also by the file, so that no other is taken for it. */
function nameOf({ kind, path }: DiskCall): string {
  if (kind === 'sync' || kind === 'syncDirectory') return kind
  const name = path.slice(path.lastIndexOf('/') + 1)
  return `${kind} ${name.endsWith('.ack') ? '.ack' : name}`
}

/** Lets each call of a history fail, one in each run. */
async function failEveryCall(
  runs: FailingRuns,
  { effect, sticky }: { readonly effect: Code | ((call: number) => Code); readonly sticky: boolean },
  tally: Tally,
  step = 1,
): Promise<void> {
  for (let call = seed % step; tally.violations.length < 5; call += step) {
    // Each kind of crash comes with each kind of call.
    const crash = damages[Math.floor(call / step) % damages.length] ?? lost
    const failing: FailingDisk = {
      faults: [
        {
          call,
          sticky,
          effect: typeof effect === 'function' ? effect(call) : effect,
          partial: call % 2 === 1,
        },
      ],
      crashes: [crash],
    }
    const report = await runs.run(failing)
    if (call >= report.calls.length) return
    tally.add(report, report.calls[call])
  }
}

describe(`a store on a failing disk, seed ${seed}`, { timeout: 900_000 }, () => {
  it.each([false, true])('keeps its promises when any call fails (for ever: %s)', async (sticky) => {
    const tally = new Tally()
    const runs = new FailingRuns(history)
    await failEveryCall(runs, { effect: 'EIO', sticky }, tally)
    await failEveryCall(runs, { effect: 'ENOSPC', sticky }, tally)
    for (let turn = 0; turn < turns; turn++) {
      await failEveryCall(
        runs,
        { effect: (call) => others[(call + seed + turn) % 3] ?? 'EMFILE', sticky },
        tally,
      )
    }
    console.log(`${tally.runs} runs: ${JSON.stringify({ ...tally.ends, ...tally.outcomes })}`)
    expect(tally.violations).toEqual([])
    expect(tally.codes).toEqual(new Set(['CONNECTION', 'NO_SPACE']))
    expect(tally.runs).toBeGreaterThan(1_500)
    expect(tally.outcomes.rejected).toBeGreaterThan(100)
    expect(tally.outcomes.unknown).toBeGreaterThan(20)
    expect(tally.ends.usable).toBeGreaterThan(sticky ? 50 : 1_000)
    // Only where nobody can know what is on the disk, whether the lock was still ours when a write was made, or what
    // readers have been told of it.
    const expected = ['stat owner.json', 'sync', 'syncDirectory', 'write .ack']
    if (!sticky) expect([...tally.refusedAfter].sort()).toEqual(expected)
  })

  it('keeps them in longer histories, with some of their calls', async () => {
    const tally = new Tally()
    for (const long of scriptedHistories) {
      const runs = new FailingRuns(long)
      await failEveryCall(runs, { effect: 'EIO', sticky: false }, tally, 5)
      await failEveryCall(runs, { effect: 'EIO', sticky: true }, tally, 7)
    }
    expect(tally.violations).toEqual([])
    expect(tally.runs).toBeGreaterThan(700)
    expect(tally.outcomes.unknown).toBeGreaterThan(20)
  })

  it('does not notice short reads and writes', async () => {
    const tally = new Tally()
    await failEveryCall(new FailingRuns(history), { effect: 'short', sticky: true }, tally)
    const { violations, outcomes, codes: found } = tally
    expect(violations).toEqual([])
    expect(found.size).toBe(0)
    expect(outcomes).toMatchObject({ rejected: 0, unknown: 0 })
    expect(tally.runs).toBeGreaterThan(300)
  })

  it('keeps them on a disk of any size', async () => {
    const runs = new FailingRuns(history)
    const { bytesWritten } = await runs.run({})
    const tally = new Tally()
    for (let quota = seed % 64; quota < bytesWritten && tally.violations.length < 5; quota += 64) {
      tally.add(await runs.run({ quota, crashes: [damages[tally.runs % damages.length] ?? lost] }))
    }
    expect(tally.violations).toEqual([])
    expect(tally.codes).toEqual(new Set(['NO_SPACE']))
    expect(tally.runs).toBeGreaterThan(100)
    expect(tally.outcomes.rejected).toBeGreaterThan(100)
    expect(tally.outcomes.unknown).toBe(0)
    expect(tally.ends.usable).toBeGreaterThan(50)
  })
})
