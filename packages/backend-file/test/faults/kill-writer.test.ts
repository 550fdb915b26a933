import { describe, expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { applyOperation } from './apply-operation.js'
import { KilledWriters, onlookers } from './killed-writers.js'
import { type Operation, operationAt } from './random-history.js'
import { settle } from './settle-writes.js'
import { StoreModel } from './store-model.js'
import { readState, readsOf, stateOf } from './store-state.js'

const kills = Number(process.env.HOLDFAST_KILLS ?? 200)

describe('a writing process that is killed', { timeout: 60_000 + kills * 1_000 }, () => {
  it(`loses nothing that it acknowledged in ${kills} kills, a third while it compacts (HOLDFAST_SEED=${seed})`, async () => {
    const dataDir = await temporaryDirectory()
    const random = seededRandom(seed)
    const writers = new KilledWriters(dataDir, seed)
    const wanted = { compacting: Math.ceil(kills / 3), writing: kills - Math.ceil(kills / 3) }
    while (writers.killed.compacting < wanted.compacting || writers.killed.writing < wanted.writing) {
      const isBehind = writers.killed.compacting * 2 < writers.killed.writing
      if (isBehind && writers.killed.compacting < wanted.compacting) await writers.killWhileCompacting(random)
      else await writers.killWhileWriting(random)
      if (random.below(10) === 0) await writers.killWhileOpening(random)
      // What a reader sees and what the next writer finds must both be right; at times this process is the next writer.
      await writers.look(onlookers[random.below(onlookers.length)] ?? 'writer')
    }
    for (const onlooker of onlookers) await writers.look(onlooker)
    expect(writers.killed.compacting + writers.killed.writing).toBeGreaterThanOrEqual(kills)
    expect(writers.acknowledged).toBeGreaterThan(kills)
    expect(writers.unfinished).toBeGreaterThan(kills / 10)
    const backend = await FileBackend.open({ dataDir })
    const before = await readState(readsOf(backend))
    expect(await backend.admin.verify()).toEqual({ problems: [] })
    await backend.admin.compact()
    expect(await readState(readsOf(backend))).toEqual(before)
    await backend.close()
    await using reader = await FileBackend.open({ dataDir, readOnly: true })
    expect(await readState(readsOf(reader))).toEqual(before)
  })
})

describe('the look at a store after a kill', () => {
  const history = Array.from({ length: 300 }, (_, n) => operationAt(1, n))
  const batch = {
    method: 'insertNodes',
    args: [
      ['t0-90', 't0-91'].map((id) => ({ id, tenantId: 't0', humanContent: id, assistantContent: '' })),
      { onConflict: 'error' },
    ],
  } as const satisfies Operation
  const other = { method: 'deleteScope', args: [{ userId: 'u1' }] } as const satisfies Operation
  const model = () => {
    const made = new StoreModel()
    for (const operation of history) made.apply(operation)
    return made
  }
  const after = (...operations: readonly Operation[]) => {
    const made = model()
    for (const operation of operations) made.apply(operation)
    return stateOf(made)
  }

  it('accepts each choice of whole unfinished operations', () => {
    for (const choice of [[], [batch], [other], [batch, other]]) {
      const settled = settle(model(), [batch, other], after(...choice))
      expect(settled.survived).toBe(choice.length)
      expect(stateOf(settled.model)).toEqual(after(...choice))
    }
  })

  it('finds a lost write, a part of a batch and a record that nobody wrote', () => {
    const all = stateOf(model())
    expect(all.length).toBeGreaterThan(30)
    for (const lost of all) {
      expect(() =>
        settle(
          model(),
          [batch],
          all.filter((line) => line !== lost),
        ),
      ).toThrow('explains the store')
    }
    const whole = after(batch)
    const part = whole.filter((line) => !line.includes('t0-91'))
    expect(part).toHaveLength(whole.length - 1)
    expect(() => settle(model(), [batch], part)).toThrow('explains the store')
    expect(() => settle(model(), [], whole)).toThrow('explains the store')
    const [first = '', second = '', ...rest] = all
    expect(() => settle(model(), [batch], [second, first, ...rest])).toThrow('explains the store')
  })

  it('is itself right about a store that nobody killed', async () => {
    const dataDir = await temporaryDirectory()
    const made = new StoreModel()
    await using backend = await FileBackend.open({ dataDir })
    for (const operation of history) {
      expect(await applyOperation(backend, operation), JSON.stringify(operation)).toEqual(
        made.apply(operation),
      )
    }
    expect(await readState(readsOf(backend))).toEqual(stateOf(made))
  })
})
