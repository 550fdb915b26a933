import { describe, expect, it } from 'vitest'
import { seed } from '../simulated-disk/seed.js'
import { directoryImage } from '../support/directory-image.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { expectTyped } from './expect-typed.js'
import type { Operation } from './random-history.js'
import { RemoteStore } from './remote-store.js'
import { StoreModel } from './store-model.js'
import { readState, readsOfRemote, stateOf } from './store-state.js'
import { WritingSession } from './writing-session.js'

/** A shell that allows so many open files. A program needs more while it is loaded than when it runs. */
const withDescriptorLimit = (count: number) => ['bash', '-c', `ulimit -n ${count}; exec "$@"`, 'bash']

async function storeWithFewDescriptors() {
  const dataDir = await temporaryDirectory()
  const model = new StoreModel()
  const child = RemoteStore.start({ through: withDescriptorLimit(256) })
  await child.open({ dataDir, dimensions: 8 })
  const session = new WritingSession(child, model, { seed, first: 0, width: 4 })
  await session.write(() => session.acknowledged >= 40)
  const expectWhole = async () => expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
  return { dataDir, model, child, expectWhole, next: session.next }
}

describe(`a process that may open no more files (HOLDFAST_SEED=${seed})`, () => {
  it.each([false, true])('opens the store when it may again (readOnly: %s)', async (readOnly) => {
    const { dataDir, child, expectWhole } = await storeWithFewDescriptors()
    await child.ask('store', 'close')
    const before = await directoryImage(dataDir)
    let refused = 0
    let isOpen = false
    for (let free = 0; !isOpen; free++) {
      expect(free).toBeLessThan(60)
      await child.ask('descriptors', 'fill', free)
      const outcome = await child.call('process', 'open', { dataDir, readOnly }).outcome
      await child.ask('descriptors', 'empty')
      isOpen = outcome.kind === 'value'
      if (isOpen) break
      expectTyped(outcome, 'CONNECTION')
      expect(outcome).toMatchObject({ message: expect.stringContaining('EMFILE') })
      refused += 1
      if (readOnly) expect(await directoryImage(dataDir), `with ${free} free`).toEqual(before)
      await child.open({ dataDir })
      await expectWhole()
      await child.ask('store', 'close')
    }
    expect(refused).toBeGreaterThan(3)
    await expectWhole()
  })

  it('reads and writes, or says why not, and loses nothing', async () => {
    const { dataDir, model, child, expectWhole, next } = await storeWithFewDescriptors()
    let number = next
    let refused = 0
    for (let free = 0; free < 12; free++) {
      await child.ask('descriptors', 'fill', free)
      const node = { id: `t0-${free + 100}`, tenantId: 't0', humanContent: 'q', assistantContent: 'a' }
      const insert = { method: 'insertNode', args: [node] } as const satisfies Operation
      const write = await child.call('store', insert.method, ...insert.args).outcome
      if (write.kind === 'value') model.apply(insert)
      const others = [
        await child.call('store', 'getNodes', { tenantId: 't0' }).outcome,
        await child.call('store', 'vectorSearch', [1, 2, 3, 4, 5, 6, 7, 8], { tenantId: 't1' }).outcome,
        await child.call('admin', 'compact').outcome,
      ]
      await child.ask('descriptors', 'empty')
      for (const outcome of [write, ...others]) {
        if (outcome.kind === 'value') continue
        expectTyped(outcome, 'CONNECTION')
        refused += 1
      }
      await expectWhole()
      const session = new WritingSession(child, model, { seed, first: number, width: 4 })
      await session.write(() => session.acknowledged >= 5)
      number = session.next
      await child.ask('admin', 'compact')
      await expectWhole()
    }
    expect(refused).toBeGreaterThan(0)
    await child.ask('store', 'close')
    await child.open({ dataDir, readOnly: true })
    await expectWhole()
  })
})
