import { describe, expect, it } from 'vitest'
import { journalName, markName } from '../../src/journal/journal-name.js'
import type { JournalOperation } from '../../src/journal/journal-operation.js'
import { JournalWriter } from '../../src/journal/journal-writer.js'
import { openJournal } from '../../src/journal/open-journal.js'
import { closeJournals } from '../../src/journal/read-journals.js'
import { crashDisk } from '../simulated-disk/crash-disk.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { closeSession, openSession } from './journal-session.js'
import { sampleOperations } from './sample-operations.js'

const directory = '/store/journal'
const pathOf = (generation: number) => `${directory}/${journalName(generation)}`
const transactionsOf = (...numbers: readonly number[]) => numbers.map(sampleOperations)

async function emptyDisk(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  await disk.mkdir('/store')
  await disk.mkdir(directory)
  return disk
}

/** A disk with one closed journal for each list of transactions. */
async function diskWith(...journals: readonly (readonly number[])[]): Promise<SimulatedDisk> {
  const disk = await emptyDisk()
  for (const numbers of journals) {
    const session = await openSession(disk, 'full')
    for (const number of numbers) await session.writer.append(sampleOperations(number))
    await closeSession(session)
  }
  return disk
}

async function bytesOf(disk: SimulatedDisk, path: string): Promise<Buffer> {
  const file = await disk.open(path, 'read')
  const bytes = Buffer.alloc((await file.stat()).size)
  await file.read(bytes, 0)
  await file.close()
  return bytes
}

async function put(disk: SimulatedDisk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, 'create')
  await file.write(bytes, 0)
  await file.close()
}

/** Puts other bytes in the place of a file. */
async function replace(disk: SimulatedDisk, path: string, bytes: Uint8Array): Promise<void> {
  await disk.unlink(path)
  await put(disk, path, bytes)
}

describe('opening a journal directory', () => {
  it('reads all journals in order and starts a new one', async () => {
    const disk = await diskWith([0, 1], [], [2])
    const session = await openSession(disk, 'full')
    expect(session.transactions).toEqual(transactionsOf(0, 1, 2))
    expect(session.writer.nextSequence).toBe(4)
    await closeSession(session)
    const names = [1, 2, 3, 4].flatMap((generation) => [markName(generation), journalName(generation)])
    expect([...(await disk.readdir(directory))].sort()).toEqual(names.sort())
    expect(disk.openFiles).toEqual([])
  })

  it('copies the last transactions only when no sync is known to have covered them', async () => {
    const disk = await diskWith([0, 1], [2], [3, 4])
    const session = await openSession(disk, 'full')
    expect(session.writer.end).toBe(64)
    await session.writer.append(sampleOperations(5))
    const before = session.writer.end
    await session.writer.append(sampleOperations(6))
    const killed = await openSession(disk, 'full')
    // The sixth was synced before the seventh was written, the seventh nobody knows of.
    expect(killed.writer.end - 64).toBe(session.writer.end - before)
  })

  it('leaves out what the base has, and does without the journals that only held that', async () => {
    const disk = await diskWith([0, 1], [2], [3])
    const visited: number[] = []
    const open = () =>
      openJournal({
        files: disk,
        directory,
        quarantine: '/store/quarantine',
        durability: 'full',
        after: 2,
        visit: async ({ sequence }) => void visited.push(sequence),
      })
    const first = await open()
    await closeJournals(first.journals)
    await first.writer.close()
    await disk.unlink(pathOf(1))
    const second = await open()
    await closeJournals(second.journals)
    await second.writer.close()
    expect(visited).toEqual([3, 4, 3, 4])
  })

  it('says CORRUPT for a journal that is missing, cut, or damaged in its header', async () => {
    const missing = await diskWith([0], [1], [2])
    await missing.unlink(pathOf(2))
    await expect(openSession(missing, 'full')).rejects.toMatchObject({ code: 'CORRUPT' })
    expect(missing.openFiles).toEqual([])

    const cut = await diskWith([0, 1], [2])
    await replace(cut, pathOf(1), (await bytesOf(cut, pathOf(1))).subarray(0, 200))
    await expect(openSession(cut, 'full')).rejects.toMatchObject({ code: 'CORRUPT' })

    const damaged = await diskWith([0])
    const bytes = await bytesOf(damaged, pathOf(1))
    bytes[40] = (bytes[40] ?? 0) ^ 1
    await replace(damaged, pathOf(1), bytes)
    await expect(openSession(damaged, 'full')).rejects.toMatchObject({ code: 'CORRUPT' })
    expect(damaged.openFiles).toEqual([])

    const swapped = await diskWith([0], [])
    await replace(swapped, pathOf(2), await bytesOf(swapped, pathOf(1)))
    await expect(openSession(swapped, 'full')).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('keeps the bytes of a torn end in quarantine', async () => {
    const disk = await emptyDisk()
    const session = await openSession(disk, 'full')
    await session.writer.append(sampleOperations(0))
    const whole = await bytesOf(disk, pathOf(1))
    await session.writer.append(sampleOperations(1))
    const torn = (await bytesOf(disk, pathOf(1))).subarray(0, -20)
    await replace(disk, pathOf(1), torn)
    const recovered = await openSession(disk, 'full')
    expect(recovered.transactions).toEqual(transactionsOf(0))
    expect(recovered.quarantined).toBe(torn.length - whole.length)
    const kept = await bytesOf(disk, `/store/quarantine/${journalName(1)}-${whole.length}`)
    expect(kept.equals(torn.subarray(whole.length))).toBe(true)
    await closeSession(recovered)
    expect((await openSession(disk, 'full')).quarantined).toBe(0)
  })

  it('does not count what a writer that was taken for dead adds later', async () => {
    const disk = await diskWith([0])
    const zombie = await openSession(disk, 'full')
    await zombie.writer.append(sampleOperations(1))
    const successor = await openSession(disk, 'full')
    expect(successor.transactions).toEqual(transactionsOf(0, 1))
    await zombie.writer.append(sampleOperations(2))
    await successor.writer.append(sampleOperations(3))
    await zombie.writer.append(sampleOperations(4))
    expect((await openSession(disk, 'full')).transactions).toEqual(transactionsOf(0, 1, 3))
  })

  it('writes again what only the cache may hold, so that a power cut cannot take it back', async () => {
    for (const durability of ['off', 'normal', 'full'] as const) {
      const disk = await emptyDisk()
      await disk.syncDirectory('/')
      await disk.syncDirectory('/store')
      const killed = await openSession(disk, durability)
      for (const number of [0, 1, 2]) await killed.writer.append(sampleOperations(number))
      const recovered = await openSession(disk, 'full')
      expect(recovered.transactions).toEqual(transactionsOf(0, 1, 2))
      const root = crashDisk(disk.tree.root, {
        kind: 'power',
        content: { kind: 'lose' },
        names: { kind: 'keep' },
      })
      if (durability === 'off') {
        // Its own header was never synced: this mode promises nothing after a power cut.
        await expect(openSession(new SimulatedDisk({ root }), 'full')).rejects.toMatchObject({
          code: 'CORRUPT',
        })
      } else {
        const again = await openSession(new SimulatedDisk({ root }), 'full')
        expect(again.transactions).toEqual(transactionsOf(0, 1, 2))
      }
    }
  })

  it('keeps a transaction above 64 MiB whole or not at all', async () => {
    const disk = await emptyDisk()
    const text = 'x'.repeat(15 * 1024 * 1024)
    const operations = Array.from({ length: 5 }, (_, index): JournalOperation => {
      const owner = { tenantId: 'a', userId: null }
      const id = `n${index}`
      return {
        type: 'put',
        kind: 'nodes',
        owner,
        id,
        text,
        vector: undefined,
        clusterId: null,
        position: index + 1,
      }
    })
    const writer = await JournalWriter.create({
      files: disk,
      directory,
      generation: 1,
      startSequence: 1,
      durability: 'full',
    })
    const { sequence, places } = await writer.append(operations)
    expect(sequence).toBe(2)
    await writer.append(sampleOperations(0))
    await writer.close()
    const bytes = await bytesOf(disk, pathOf(1))
    for (const place of places) {
      expect(bytes.toString('latin1', place?.textOffset, (place?.textOffset ?? 0) + 3)).toBe('xxx')
    }
    const session = await openSession(disk, 'full')
    expect(session.transactions).toEqual([operations, sampleOperations(0)])
    expect(session.sequences).toEqual([2, 3])
    await closeSession(session)
    const torn = await emptyDisk()
    await put(torn, pathOf(1), bytes.subarray(0, places[4]?.textOffset))
    const found = await openSession(torn, 'full')
    expect([found.transactions, found.writer.nextSequence]).toEqual([[], 1])
  })
})
