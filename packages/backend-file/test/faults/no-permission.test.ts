import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { directoryImage } from '../support/directory-image.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { expectTyped } from './expect-typed.js'
import { RemoteStore } from './remote-store.js'
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

describe(`a directory that the process may read but not write (HOLDFAST_SEED=${seed})`, () => {
  it.each(['closed', 'killed'])('is refused by name and can be read, when its writer was %s', async (end) => {
    const { dataDir, model, child: writer } = await filledStore()
    if (end === 'closed') await writer.ask('store', 'close')
    await writer.kill()
    await withoutWriting(dataDir)
    const before = await directoryImage(dataDir)
    const child = await powerless()
    const refused = await child.call('process', 'open', { dataDir }).outcome
    expectTyped(refused, 'CONNECTION')
    expect(refused).toMatchObject({ message: expect.stringContaining(dataDir) })
    expect(refused).toMatchObject({ message: expect.stringContaining('EACCES') })
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
