import type { ByteSource } from '../../src/journal/byte-source.js'
import { journalName } from '../../src/journal/journal-name.js'
import type { JournalOperation } from '../../src/journal/journal-operation.js'
import { JournalWriter } from '../../src/journal/journal-writer.js'
import { type JournalEnd, JournalScan } from '../../src/journal/scan-journal.js'
import { SimulatedDisk } from '../simulated-disk/simulated-disk.js'

export const salt = Uint8Array.from({ length: 16 }, (_, index) => index * 7 + 1)

/** The bytes of a journal with these transactions, each synced before the next one is written. */
export async function journalBytes(
  transactions: readonly (readonly JournalOperation[])[],
  { sealed = true } = {},
): Promise<Uint8Array> {
  const disk = new SimulatedDisk()
  const writer = await JournalWriter.create({
    files: disk,
    directory: '/',
    generation: 1,
    startSequence: 1,
    durability: 'full',
    salt,
  })
  for (const operations of transactions) await writer.append(operations)
  if (sealed) await writer.close()
  const file = await disk.open(`/${journalName(1)}`, 'read')
  const bytes = new Uint8Array((await file.stat()).size)
  await file.read(bytes, 0)
  return bytes
}

/** A source that fails the test when it is asked for bytes that are not there. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    readInto: async (into, position) => {
      if (position + into.length > bytes.length) throw new RangeError('read past the end')
      into.set(bytes.subarray(position, position + into.length))
    },
  }
}

export interface ScannedBytes {
  readonly transactions: readonly (readonly JournalOperation[])[]
  readonly ends: readonly number[]
  readonly end: JournalEnd
}

export async function scanBytes(bytes: Uint8Array): Promise<ScannedBytes> {
  const scan = await JournalScan.open(sourceOf(bytes))
  const transactions: (readonly JournalOperation[])[] = []
  const ends: number[] = []
  for await (const { operations, end } of scan.transactions()) {
    const found: JournalOperation[] = []
    for await (const { operation } of operations()) found.push(operation)
    transactions.push(found)
    ends.push(end)
  }
  return { transactions, ends, end: scan.end }
}
