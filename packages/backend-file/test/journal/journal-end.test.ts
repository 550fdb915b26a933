import { describe, expect, it, vi } from 'vitest'
import { encodeTransaction } from '../../src/journal/encode-operations.js'
import { type FrameType, frameHeaderLength, sealFrame } from '../../src/journal/journal-frame.js'
import { encodeJournalHeader } from '../../src/journal/journal-header.js'
import type { JournalOperation } from '../../src/journal/journal-operation.js'
import { salt, scanBytes, sourceOf } from './journal-bytes.js'

const operation = (id: string): JournalOperation => ({ type: 'delete', kind: 'nodes', ownerKey: 't:a', id })

interface FrameParts {
  readonly id: string
  readonly sequence: number
  readonly previous: number
  readonly durableOffset?: number
  readonly type?: FrameType
  readonly salt?: Uint8Array
}

function frame({ id, sequence, previous, durableOffset = 0, type = 'transaction', ...other }: FrameParts) {
  const encoded = encodeTransaction([operation(id)]).frames[0]
  if (encoded === undefined) throw new Error('no frame')
  const { bytes, payloadLength, operationCount } = encoded
  const checksum = sealFrame(bytes, other.salt ?? salt, {
    type,
    payloadLength,
    sequence,
    durableOffset,
    operationCount,
    previous,
  })
  return { bytes, checksum }
}

const header = encodeJournalHeader({ generation: 1, startSequence: 1, salt, durableOffset: 64 })
const headerChecksum = header.readUInt32LE(60)
const first = frame({ id: '1', sequence: 1, previous: headerChecksum })
const second = frame({ id: '2', sequence: 2, previous: first.checksum })
const third = (durableOffset: number) =>
  frame({ id: '3', sequence: 3, previous: second.checksum, durableOffset })
const broken = Buffer.alloc(second.bytes.length, 0xaa)
const secondAt = 64 + first.bytes.length

const endOf = async (...parts: readonly Buffer[]) => {
  const { transactions, end } = await scanBytes(Buffer.concat([header, ...parts]))
  return [transactions.length, end.kind, end.offset]
}

describe('the end of a journal', () => {
  it('is torn when no later frame knows the bad one as synced, a whole later one included', async () => {
    expect(await endOf(first.bytes, broken)).toEqual([1, 'torn', secondAt])
    expect(await endOf(first.bytes, broken, third(secondAt).bytes)).toEqual([1, 'torn', secondAt])
    expect(await endOf(first.bytes, Buffer.alloc(4000))).toEqual([1, 'torn', secondAt])
  })

  it('is corrupt when one does, wherever it is', async () => {
    expect(await endOf(first.bytes, broken, third(secondAt + 8).bytes)).toEqual([1, 'corrupt', secondAt])
    const far = Buffer.alloc(3_000_000, 'HFJF')
    expect(await endOf(first.bytes, broken, far, third(secondAt + 8).bytes)).toEqual([1, 'corrupt', secondAt])
  })

  it('believes no frame of another file', async () => {
    const foreign = frame({
      id: '3',
      sequence: 3,
      previous: second.checksum,
      durableOffset: 9999,
      salt: salt.map((byte) => byte ^ 1),
    })
    expect(await endOf(first.bytes, broken, foreign.bytes)).toEqual([1, 'torn', secondAt])
  })

  it('is corrupt where the header knows of more than there is', async () => {
    const carried = encodeJournalHeader({ generation: 1, startSequence: 1, salt, durableOffset: 1000 })
    const start = frame({ id: '1', sequence: 1, previous: carried.readUInt32LE(60) })
    expect((await scanBytes(Buffer.concat([carried, start.bytes]))).end.kind).toBe('corrupt')
  })

  it('leaves out parts without their commit', async () => {
    const part = frame({ id: '2', sequence: 2, previous: first.checksum, type: 'part' })
    const commit = frame({ id: '3', sequence: 3, previous: part.checksum, type: 'commit' })
    expect(await endOf(first.bytes, part.bytes)).toEqual([1, 'torn', secondAt])
    expect(await endOf(first.bytes, part.bytes, commit.bytes)).toEqual([
      2,
      'open',
      secondAt + 2 * part.bytes.length,
    ])
    const other = frame({ id: '3', sequence: 3, previous: part.checksum })
    expect(await endOf(first.bytes, part.bytes, other.bytes)).toEqual([1, 'corrupt', secondAt])
    expect(
      await endOf(frame({ id: '1', sequence: 1, previous: headerChecksum, type: 'commit' }).bytes),
    ).toEqual([0, 'corrupt', 64])
  })

  it('does not take a frame that an earlier, cut write left for the next one', async () => {
    // The second frame was written anew; the third still follows the old second one.
    const anew = frame({ id: 'x', sequence: 2, previous: first.checksum })
    expect(await endOf(first.bytes, anew.bytes, third(0).bytes)).toEqual([
      2,
      'torn',
      secondAt + anew.bytes.length,
    ])
  })

  it('would take it if the chain were not checked', async () => {
    vi.resetModules()
    vi.doMock('../../src/journal/journal-frame.js', async (original) => ({
      ...(await original<typeof import('../../src/journal/journal-frame.js')>()),
      continues: (found: { sequence: number }, sequence: number) => found.sequence === sequence,
    }))
    const { JournalScan } = await import('../../src/journal/scan-journal.js')
    vi.doUnmock('../../src/journal/journal-frame.js')
    const anew = frame({ id: 'x', sequence: 2, previous: first.checksum })
    const scan = await JournalScan.open(
      sourceOf(Buffer.concat([header, first.bytes, anew.bytes, third(0).bytes])),
    )
    let count = 0
    for await (const _ of scan.transactions()) count += 1
    expect(count).toBe(3)
  })

  it('allocates nothing for a length that the file cannot have', async () => {
    const huge = Buffer.from(second.bytes)
    sealFrame(huge, salt, {
      type: 'transaction',
      payloadLength: 60_000_000,
      sequence: 2,
      durableOffset: 0,
      operationCount: 1,
      previous: first.checksum,
    })
    const bytes = Buffer.concat([header, first.bytes, huge])
    const source = sourceOf(bytes)
    const lengths: number[] = []
    const { JournalScan } = await import('../../src/journal/scan-journal.js')
    const scan = await JournalScan.open({
      size: source.size,
      readInto: (into, position) => {
        lengths.push(into.length)
        return source.readInto(into, position)
      },
    })
    for await (const _ of scan.transactions()) expect(_.sequence).toBe(1)
    expect(scan.end).toMatchObject({ kind: 'torn', damagedAt: secondAt })
    expect(Math.max(...lengths)).toBeLessThanOrEqual(bytes.length)
    expect(frameHeaderLength).toBe(48)
  })
})
