import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { expectTyped } from './expect-typed.js'
import { RemoteStore } from './remote-store.js'
import { mayMount, onSmallDisk } from './small-disk.js'
import { StoreModel } from './store-model.js'
import { readState, readsOf, readsOfRemote, stateOf } from './store-state.js'
import { WritingSession } from './writing-session.js'

/** A shell that lets no file grow beyond so many KiB. Node ignores the signal for that, so a write gives `EFBIG`. */
const withFileLimit = (kibibytes: number) => ['bash', '-c', `ulimit -f ${kibibytes}; exec "$@"`, 'bash']

const large = { tenantId: 't0', id: 't0-large', humanContent: 'x'.repeat(600_000), assistantContent: '' }

/** Writes a history until the disk has been full for some writes; whatever is refused must have had no effect. */
async function writeUntilFull(child: RemoteStore, model: StoreModel, first = 0): Promise<WritingSession> {
  const session = new WritingSession(child, model, { seed, first, width: 4, refusals: ['NO_SPACE'] })
  await session.write(() => session.refused >= 10)
  expect(session.refused).toBeGreaterThanOrEqual(10)
  expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
  return session
}

/** Everything that is refused on a full disk leaves the store as it is, and reads go on. */
async function expectUsableWhenFull(child: RemoteStore, model: StoreModel): Promise<void> {
  expectTyped(await child.call('store', 'insertNode', large).outcome, 'NO_SPACE')
  expect(await child.ask('store', 'getNode', { tenantId: 't0' }, large.id)).toBeNull()
  const compaction = await child.call('admin', 'compact').outcome
  if (compaction.kind !== 'value') expectTyped(compaction, 'NO_SPACE')
  const [node] = model.nodes
  if (node === undefined) throw new Error('the history has left nothing')
  const scope = node.tenantId === null ? { userId: node.userId } : { tenantId: node.tenantId }
  const deletion = { method: 'deleteNodes', args: [scope, [node.id]] } as const
  const outcome = await child.call('store', deletion.method, ...deletion.args).outcome
  if (outcome.kind === 'value') expect(outcome.value).toEqual(Object.values(model.apply(deletion))[0])
  else expectTyped(outcome, 'NO_SPACE')
  expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
}

describe(`a disk that is full (HOLDFAST_SEED=${seed})`, () => {
  it.each([20, 33, 64, 150, 400])('at %i KiB a file loses nothing and hides nothing', async (kibibytes) => {
    const dataDir = await temporaryDirectory()
    const model = new StoreModel()
    const child = RemoteStore.start({ through: withFileLimit(kibibytes) })
    await child.open({ dataDir, dimensions: 8 })
    const { next, acknowledged } = await writeUntilFull(child, model)
    expect(acknowledged).toBeGreaterThan(0)
    await expectUsableWhenFull(child, model)
    const closing = await child.call('store', 'close').outcome
    if (closing.kind !== 'value') expectTyped(closing, 'NO_SPACE')
    // Still full: it opens, or says why not.
    const opening = await child.call('process', 'open', { dataDir }).outcome
    if (opening.kind === 'value') expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    else expectTyped(opening, 'NO_SPACE')
    await child.kill()
    await expectWholeAndWritable(dataDir, model, next)
  })

  it('when its writer is killed there', async () => {
    const dataDir = await temporaryDirectory()
    const model = new StoreModel()
    const child = RemoteStore.start({ through: withFileLimit(50) })
    await child.open({ dataDir, dimensions: 8 })
    const { next } = await writeUntilFull(child, model)
    await child.kill()
    await expectWholeAndWritable(dataDir, model, next)
  })

  it('for the files of a compaction alone, and writes go on', async () => {
    const dataDir = await temporaryDirectory()
    const model = new StoreModel()
    const first = RemoteStore.start()
    await first.open({ dataDir, dimensions: 8 })
    const filling = new WritingSession(first, model, { seed, first: 0, width: 4 })
    await filling.write(() => filling.acknowledged >= 150)
    await first.ask('store', 'close')
    const child = RemoteStore.start({ through: withFileLimit(60) })
    await child.open({ dataDir })
    const isShort = ({ args }: { readonly args: unknown }) => JSON.stringify(args).length > 2_000
    const session = new WritingSession(child, model, {
      seed,
      first: filling.next,
      width: 1,
      leftOut: isShort,
    })
    await session.write(() => session.acknowledged >= 10)
    expectTyped(await child.call('admin', 'compact').outcome, 'NO_SPACE')
    await session.write(() => session.acknowledged >= 15)
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    const closing = await child.call('store', 'close').outcome
    if (closing.kind !== 'value') expectTyped(closing, 'NO_SPACE')
    await child.kill()
    await expectWholeAndWritable(dataDir, model, session.next)
  })

  it('from the start: no store is made', async () => {
    const dataDir = join(await temporaryDirectory(), 'store')
    const child = RemoteStore.start({ through: withFileLimit(0) })
    expectTyped(await child.call('process', 'open', { dataDir, dimensions: 8 }).outcome, 'NO_SPACE')
    await child.kill()
    await expectWholeAndWritable(dataDir, new StoreModel(), 0)
  })

  it.runIf(mayMount).each([150, 300, 700])('of %i KiB in all, until space is freed', async (kibibytes) => {
    const disk = await temporaryDirectory()
    const dataDir = join(disk, 'store')
    const model = new StoreModel()
    const child = RemoteStore.start({ through: onSmallDisk(disk, 2_000) })
    await child.ask('files', 'writeFileSync', join(disk, 'filler'), 'x'.repeat((2_000 - kibibytes) * 1024))
    await child.open({ dataDir, dimensions: 8 })
    const { next } = await writeUntilFull(child, model)
    await expectUsableWhenFull(child, model)
    await child.ask('files', 'rmSync', join(disk, 'filler'))
    const session = new WritingSession(child, model, { seed, first: next, width: 4 })
    await session.write(() => session.acknowledged >= 20)
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    await child.ask('store', 'close')
    await child.open({ dataDir })
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    await child.ask('store', 'close')
  })
})

describe.runIf(mayMount)('a disk that cannot be written to', () => {
  it('is refused by name, can be read, and can be written to when that is over', async () => {
    const disk = await temporaryDirectory()
    const dataDir = join(disk, 'store')
    const model = new StoreModel()
    const child = RemoteStore.start({ through: onSmallDisk(disk, 20_000) })
    const remount = async (mode: 'ro' | 'rw') => {
      const result = await child.ask('commands', 'spawnSync', 'mount', ['-o', `remount,bind,${mode}`, disk])
      expect(result).toMatchObject({ status: 0 })
    }
    await child.open({ dataDir, dimensions: 8 })
    const filling = new WritingSession(child, model, { seed, first: 0, width: 4 })
    await filling.write(() => filling.acknowledged >= 30)
    await child.ask('store', 'close')
    await remount('ro')
    const refused = await child.call('process', 'open', { dataDir }).outcome
    expectTyped(refused, 'CONNECTION')
    expect(refused).toMatchObject({ message: expect.stringContaining(dataDir) })
    expect(refused).toMatchObject({ message: expect.stringContaining('EROFS') })
    await child.open({ dataDir, readOnly: true })
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    await child.ask('store', 'close')
    await remount('rw')
    await child.open({ dataDir })
    const session = new WritingSession(child, model, { seed, first: filling.next, width: 4 })
    await session.write(() => session.acknowledged >= 10)
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
  })
})

/** Opens a store without limits: as a reader, and as a writer that can go on. */
async function expectWholeAndWritable(dataDir: string, model: StoreModel, next: number): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  if (model.nodes.length > 0) {
    await using reader = await FileBackend.open({ dataDir, readOnly: true })
    expect(await readState(readsOf(reader))).toEqual(stateOf(model))
  }
  const child = RemoteStore.start()
  await child.open({ dataDir })
  expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
  const session = new WritingSession(child, model, { seed, first: next, width: 4 })
  await session.write(() => session.acknowledged >= 20)
  await child.ask('store', 'close')
  await using backend = await FileBackend.open({ dataDir })
  expect(await readState(readsOf(backend))).toEqual(stateOf(model))
}
