import { chmod, chown, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { directoryImage } from '../support/directory-image.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { expectTyped } from './expect-typed.js'
import { type RemoteCall, RemoteStore } from './remote-store.js'
import { StoreModel } from './store-model.js'
import { readState, readsOf, readsOfRemote, stateOf } from './store-state.js'
import { WritingSession } from './writing-session.js'

/** A user and a group that own nothing. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0

/** A process without any right beyond those that the files give it: the superuser would have them all. */
async function powerless(): Promise<RemoteStore> {
  const child = RemoteStore.start()
  if (isRoot) await child.ask('process', 'become', nobody)
  return child
}

async function filledStore() {
  const dataDir = await temporaryDirectory()
  // Others may not look into a new temporary directory.
  await chmod(dataDir, 0o755)
  const model = new StoreModel()
  const child = RemoteStore.start()
  await child.open({ dataDir, dimensions: 8 })
  const session = new WritingSession(child, model, { seed, first: 0, width: 4 })
  await session.write(() => session.acknowledged >= 40)
  return { dataDir, model, child }
}

/** Takes the right to write from all of a directory, also from its owner. */
async function withoutWriting(dataDir: string): Promise<void> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const directories = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
  for (const path of [dataDir, ...directories]) {
    await chmod(path, 0o555)
    onTestFinished(() => chmod(path, 0o755))
  }
}

/** An error by which the operator knows what to change. */
async function expectRefusalNaming(dataDir: string, name: string, call: RemoteCall): Promise<void> {
  const refused = await call.outcome
  expectTyped(refused, 'CONNECTION')
  for (const part of [join(dataDir, name), 'EACCES']) {
    expect(refused).toMatchObject({ message: expect.stringContaining(part) })
  }
}

describe(`a directory that the process may read but not write (HOLDFAST_SEED=${seed})`, () => {
  it.each(['closed', 'killed'])('is refused by name and can be read, when its writer was %s', async (end) => {
    const { dataDir, model, child: writer } = await filledStore()
    if (end === 'closed') await writer.ask('store', 'close')
    await writer.kill()
    await withoutWriting(dataDir)
    const before = await directoryImage(dataDir)
    const child = await powerless()
    await expectRefusalNaming(dataDir, '', child.call('process', 'open', { dataDir }))
    await child.open({ dataDir, readOnly: true })
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    expectTyped(await child.call('store', 'deleteScope', { tenantId: 't0' }).outcome, 'NOT_SUPPORTED')
    await child.ask('store', 'close')
    expect(await directoryImage(dataDir)).toEqual(before)
  })

  it('is followed beside its writer', async () => {
    const { dataDir, model, child: writer } = await filledStore()
    const reader = await powerless()
    await reader.open({ dataDir, readOnly: true })
    const session = new WritingSession(writer, model, { seed, first: 100, width: 4 })
    for (let round = 0; round < 4; round++) {
      await session.write(() => session.acknowledged >= 20 * (round + 1))
      expect(await readState(readsOfRemote(reader))).toEqual(stateOf(model))
      await writer.ask('admin', 'compact')
    }
    expect(await readState(readsOfRemote(reader))).toEqual(stateOf(model))
  })

  it('and a file that it may not even read is named', async () => {
    const { dataDir, model, child: writer } = await filledStore()
    await writer.ask('store', 'close')
    const path = join(dataDir, 'corpus/nodes.json')
    await chmod(path, 0o000)
    const child = await powerless()
    for (const readOnly of isRoot ? [true] : [true, false]) {
      const refused = await child.call('process', 'open', { dataDir, readOnly }).outcome
      expectTyped(refused, 'CONNECTION')
      expect(refused).toMatchObject({ message: expect.stringContaining('corpus/nodes.json') })
    }
    await chmod(path, 0o644)
    await using backend = await FileBackend.open({ dataDir })
    expect(await readState(readsOf(backend))).toEqual(stateOf(model))
  })
})

/** Leaves all of a store to the powerless, but for one of its directories. */
async function withOneClosedDirectory(dataDir: string, closed: string): Promise<void> {
  if (isRoot) {
    const names = await readdir(dataDir, { recursive: true })
    for (const name of ['', ...names]) await chown(join(dataDir, name), nobody, nobody)
    await chown(join(dataDir, closed), 0, 0)
  }
  await chmod(join(dataDir, closed), 0o555)
  onTestFinished(() => chmod(join(dataDir, closed), 0o755))
}

describe(`a store with a directory that may not be written to (HOLDFAST_SEED=${seed})`, () => {
  it.each(['corpus', 'vectors', 'indexes'])(
    'keeps in its journal what cannot be put into %s',
    async (closed) => {
      const { dataDir, model, child: first } = await filledStore()
      await first.ask('store', 'close')
      await withOneClosedDirectory(dataDir, closed)
      const child = await powerless()
      await child.open({ dataDir })
      await using reader = await FileBackend.open({ dataDir, readOnly: true })
      const session = new WritingSession(child, model, { seed, first: 100, width: 4 })
      for (let round = 1; round <= 3; round++) {
        await session.write(() => session.acknowledged >= 20 * round)
        await expectRefusalNaming(dataDir, closed, child.call('admin', 'compact'))
        expect(await readState(readsOfRemote(child)), `round ${round}`).toEqual(stateOf(model))
        expect(await readState(readsOf(reader)), `reader in round ${round}`).toEqual(stateOf(model))
        await using other = await FileBackend.open({ dataDir, readOnly: true })
        expect(await readState(readsOf(other)), `new reader in round ${round}`).toEqual(stateOf(model))
      }
      await expectRefusalNaming(dataDir, closed, child.call('store', 'close'))
      expect(await readState(readsOf(reader))).toEqual(stateOf(model))
      await expectRefusalNaming(dataDir, closed, child.call('process', 'open', { dataDir }))
      await chmod(join(dataDir, closed), 0o755)
      await using backend = await FileBackend.open({ dataDir })
      expect(await readState(readsOf(backend))).toEqual(stateOf(model))
      await backend.admin.compact()
      expect(await backend.admin.verify()).toEqual({ problems: [] })
      expect(await readState(readsOf(reader))).toEqual(stateOf(model))
    },
  )

  it('accepts no write that its journal cannot take, and goes on when it can', async () => {
    const { dataDir, model, child: first } = await filledStore()
    await first.kill()
    await withOneClosedDirectory(dataDir, '.holdfast/journal')
    const child = await powerless()
    await expectRefusalNaming(dataDir, '.holdfast/journal', child.call('process', 'open', { dataDir }))
    await child.open({ dataDir, readOnly: true })
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    await child.ask('store', 'close')
    await chmod(join(dataDir, '.holdfast/journal'), 0o777)
    await child.open({ dataDir })
    const session = new WritingSession(child, model, { seed, first: 100, width: 4 })
    await session.write(() => session.acknowledged >= 10)
    await chmod(join(dataDir, '.holdfast/journal'), 0o555)
    // The file it has open it may go on writing to; a new one it may not begin.
    await session.write(() => session.acknowledged >= 20)
    expectTyped(await child.call('admin', 'compact').outcome, 'CONNECTION')
    await session.write(() => session.acknowledged >= 30)
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
    await chmod(join(dataDir, '.holdfast/journal'), 0o777)
    await child.ask('admin', 'compact')
    await session.write(() => session.acknowledged >= 40)
    expect(await readState(readsOfRemote(child))).toEqual(stateOf(model))
  })
})
