import { describe, expect, it } from 'vitest'
import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'
import type { Durability } from '../../src/journal/durability.js'
import { journalName } from '../../src/journal/journal-name.js'
import { JournalWriter, type JournalWriterOptions } from '../../src/journal/journal-writer.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { salt, scanBytes } from './journal-bytes.js'
import { never } from './journal-session.js'
import { sampleOperations } from './sample-operations.js'

function create(files: FileSystem, durability: Durability, other: Partial<JournalWriterOptions> = {}) {
  const options = {
    files,
    directory: '/',
    generation: 1,
    startSequence: 1,
    durability,
    salt,
    schedule: never,
  }
  return JournalWriter.create({ ...options, ...other })
}

/** Calls that it takes to create a journal; the next two are the first write and its sync. */
const firstCall = 9

async function content(disk: SimulatedDisk) {
  const file = await disk.open(`/${journalName(1)}`, 'read')
  const bytes = new Uint8Array((await file.stat()).size)
  await file.read(bytes, 0)
  await file.close()
  return scanBytes(bytes)
}

const transactionsOf = (...numbers: readonly number[]) => numbers.map(sampleOperations)

describe('the journal writer', () => {
  it('writes calls of the same moment at once and syncs them once, in their order', async () => {
    const disk = new SimulatedDisk()
    const writer = await create(disk, 'full')
    const before = disk.syncs
    const numbers = Array.from({ length: 64 }, (_, index) => index)
    const order: number[] = []
    const appended = await Promise.all(
      numbers.map(async (number) => {
        const result = await writer.append(sampleOperations(number))
        order.push(number)
        return result
      }),
    )
    expect(disk.syncs - before).toBe(1)
    expect(order).toEqual(numbers)
    expect(appended.map(({ sequence }) => sequence)).toEqual(numbers.map((number) => number + 1))
    const found = await content(disk)
    expect(found.transactions).toEqual(transactionsOf(...numbers))
    expect(found.ends).toEqual(appended.map(({ end }) => end))
    await writer.close()
  })

  it('has one sync in flight; whoever comes meanwhile shares the next', async () => {
    const disk = new SimulatedDisk()
    const gate = holdSyncs(disk)
    const writer = await create(gate.files, 'full')
    gate.hold()
    const first = writer.append(sampleOperations(0))
    await gate.reached
    const others = [1, 2, 3].map((number) => writer.append(sampleOperations(number)))
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    expect(gate.syncs).toBe(1)
    gate.release()
    await Promise.all([first, ...others])
    expect(gate.syncs).toBe(2)
    await writer.close()
  })

  it('says where texts and vectors lie', async () => {
    const disk = new SimulatedDisk()
    const writer = await create(disk, 'full')
    await writer.append(sampleOperations(3))
    const { places } = await writer.append(sampleOperations(4))
    const [put] = sampleOperations(4)
    if (put?.type !== 'put' || places[0] === undefined) throw new Error('no put')
    const file = await disk.open(`/${journalName(1)}`, 'read')
    const text = Buffer.alloc(places[0].textLength)
    await file.read(text, places[0].textOffset)
    expect(text.toString()).toBe(put.text)
    await writer.close()
  })

  it('cuts off what a full disk has taken, rejects that batch and goes on', async () => {
    for (let quota = 300; quota < 7000; quota += 64) {
      const disk = new SimulatedDisk({ quota })
      const writer = await create(disk, 'full')
      const kept: number[] = []
      for (const number of [1, 4, 3, 2, 0, 5]) {
        const result = writer.append(sampleOperations(number))
        await result
          .then(() => kept.push(number))
          .catch((error) => expect(error).toMatchObject({ code: 'NO_SPACE' }))
      }
      expect(writer.failure).toBeUndefined()
      expect((await content(disk)).transactions).toEqual(transactionsOf(...kept))
      await writer.close()
      expect((await content(disk)).transactions).toEqual(transactionsOf(...kept))
      expect(disk.openFiles).toEqual([])
    }
  })

  it('rejects everything after a failed sync and never syncs again', async () => {
    const disk = new SimulatedDisk({ faults: [{ call: firstCall + 1, effect: 'EIO' }] })
    const writer = await create(disk, 'full')
    expect(disk.calls.length).toBe(firstCall)
    await expect(writer.append(sampleOperations(0))).rejects.toMatchObject({ code: 'CONNECTION' })
    expect(disk.calls[firstCall + 1]?.kind).toBe('sync')
    const calls = disk.calls.length
    await expect(writer.append(sampleOperations(1))).rejects.toBe(writer.failure)
    expect(disk.calls.length).toBe(calls)
    await expect(writer.close()).rejects.toBe(writer.failure)
    expect(disk.openFiles).toEqual([])
  })

  it('rejects who waits behind a failed sync', async () => {
    const disk = new SimulatedDisk({ faults: [{ call: firstCall + 1, effect: 'EIO' }] })
    const gate = holdSyncs(disk)
    const writer = await create(gate.files, 'full')
    gate.hold()
    const results = [writer.append(sampleOperations(0))]
    await gate.reached
    results.push(writer.append(sampleOperations(1)), writer.append(sampleOperations(2)))
    gate.release()
    const outcomes = await Promise.allSettled(results)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect((await content(disk)).transactions).toEqual(transactionsOf(0))
    await expect(writer.close()).rejects.toBe(writer.failure)
  })

  it('syncs in the mode normal when its timer says so, and once more when it is closed', async () => {
    const disk = new SimulatedDisk()
    const timers: (() => void)[] = []
    const writer = await create(disk, 'normal', {
      schedule: (milliseconds, run) => {
        expect(milliseconds).toBe(100)
        timers.push(run)
        return () => {}
      },
    })
    const before = disk.syncs
    for (const number of [0, 1, 2]) await writer.append(sampleOperations(number))
    expect([disk.syncs - before, timers.length]).toEqual([0, 1])
    timers[0]?.()
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    expect([disk.syncs - before, writer.durableOffset]).toEqual([1, writer.end])
    await writer.append(sampleOperations(3))
    expect([disk.syncs - before, timers.length]).toEqual([1, 2])
    expect(await writer.close()).toBe(true)
    expect(disk.syncs - before).toBe(3)
  })

  it('never syncs in the mode off', async () => {
    const disk = new SimulatedDisk()
    const writer = await create(disk, 'off')
    await writer.append(sampleOperations(0))
    await writer.close()
    expect(disk.syncs).toBe(0)
    expect(await content(disk)).toMatchObject({
      transactions: transactionsOf(0),
      end: { kind: 'sealed', durableOffset: 0 },
    })
  })

  it('acknowledges nothing once the lock is lost, before the write or while it is synced', async () => {
    for (const lostAt of [1, 2]) {
      const disk = new SimulatedDisk()
      let asked = 0
      const assertLocked = async () => {
        asked += 1
        if (asked === lostAt) throw new Error('taken over')
      }
      const writer = await create(disk, 'full', { assertLocked })
      await expect(writer.append(sampleOperations(0))).rejects.toMatchObject({ code: 'LOCKED' })
      await expect(writer.append(sampleOperations(1))).rejects.toMatchObject({ code: 'LOCKED' })
      expect((await content(disk)).transactions.length).toBe(lostAt - 1)
      await expect(writer.close()).rejects.toMatchObject({ code: 'LOCKED' })
    }
  })

  it('leaves nothing behind when it cannot be created', async () => {
    for (let call = 0; call < firstCall; call++) {
      const disk = new SimulatedDisk({ faults: [{ call, effect: 'EDQUOT' }] })
      await expect(create(disk, 'full')).rejects.toMatchObject({ code: 'NO_SPACE' })
      expect([await disk.readdir('/'), disk.openFiles]).toEqual([[], []])
    }
  })

  it('refuses calls after close, and finishes those before', async () => {
    const disk = new SimulatedDisk()
    const writer = await create(disk, 'full')
    const appended = writer.append(sampleOperations(0))
    const closed = writer.close()
    await expect(writer.append(sampleOperations(1))).rejects.toMatchObject({ code: 'CLOSED' })
    await Promise.all([appended, closed])
    expect((await content(disk)).transactions).toEqual(transactionsOf(0))
  })
})

/** A disk whose syncs wait, once `hold` was called, until `release` is. */
function holdSyncs(disk: SimulatedDisk) {
  let isHeld = false
  let release = () => {}
  let reach = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const hold = () => {
    isHeld = true
  }
  const gate = { syncs: 0, hold, release, reached, files: disk as FileSystem }
  const open = async (...args: Parameters<FileSystem['open']>): Promise<OpenFile> => {
    const file = await disk.open(...args)
    return wrap(file, {
      sync: async () => {
        if (isHeld) {
          gate.syncs += 1
          reach()
          await released
        }
        await file.sync()
      },
    })
  }
  gate.files = wrap<FileSystem>(disk, { open })
  return gate
}

/** An object with some of its methods replaced. */
function wrap<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
