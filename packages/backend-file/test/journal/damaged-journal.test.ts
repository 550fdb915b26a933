import { beforeAll, describe, expect, it } from 'vitest'
import { frameHeaderLength } from '../../src/journal/journal-frame.js'
import { journalHeaderLength } from '../../src/journal/journal-header.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { journalBytes, type ScannedBytes, scanBytes } from './journal-bytes.js'
import { sampleOperations } from './sample-operations.js'

const transactions = [0, 1, 5, 6, 10, 11].map(sampleOperations)
let open: Uint8Array
let sealed: Uint8Array
let whole: ScannedBytes

beforeAll(async () => {
  open = await journalBytes(transactions, { sealed: false })
  sealed = await journalBytes(transactions)
  whole = await scanBytes(sealed)
})

/** How many transactions end at or before an offset. */
const endingBy = (offset: number) => whole.ends.filter((end) => end <= offset).length

describe(`a damaged journal, seed ${seed}`, () => {
  it('is read as it was written when it is whole', async () => {
    expect(whole.transactions).toEqual(transactions)
    expect(whole.end).toMatchObject({ kind: 'sealed', offset: sealed.length, nextSequence: 7 })
    expect(await scanBytes(open)).toMatchObject({ transactions, end: { kind: 'open', offset: open.length } })
  })

  it('shows all before the place where it was cut, wherever that is', async () => {
    for (let length = 0; length < sealed.length; length++) {
      const bytes = sealed.subarray(0, length)
      if (length < journalHeaderLength) {
        await expect(scanBytes(bytes)).rejects.toMatchObject({ code: 'CORRUPT' })
        continue
      }
      const found = await scanBytes(bytes)
      expect(found.transactions).toEqual(transactions.slice(0, endingBy(length)))
      const isWhole = length === journalHeaderLength || whole.ends.includes(length)
      expect(found.end.kind).toBe(isWhole ? 'open' : 'torn')
    }
  })

  it('is CORRUPT after any one bit has changed before its seal, with all before that place', async () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const bytes = Uint8Array.from(sealed)
      const at = Math.floor(bit / 8)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8))
      if (at < journalHeaderLength) {
        await expect(scanBytes(bytes)).rejects.toMatchObject({ code: 'CORRUPT' })
        continue
      }
      const found = await scanBytes(bytes)
      expect(found.transactions).toEqual(transactions.slice(0, endingBy(at)))
      expect(found.end.kind).toBe(at < sealed.length - frameHeaderLength ? 'corrupt' : 'torn')
    }
  })

  it('never shows anything else after random overwriting, swapping and zeroing', async () => {
    const random = seededRandom(seed)
    const kinds = new Map<string, number>()
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from(open)
      const at = journalHeaderLength + random.below(bytes.length - journalHeaderLength)
      const length = 1 + random.below(200)
      const from = random.below(bytes.length)
      if (round % 3 === 0) bytes.copyWithin(at, from, from + length)
      else bytes.fill(round % 3 === 1 ? 0 : random.below(256), at, at + length)
      const found = await scanBytes(bytes)
      expect(found.transactions).toEqual(transactions.slice(0, found.transactions.length))
      expect(found.transactions.length).toBeGreaterThanOrEqual(endingBy(at))
      kinds.set(found.end.kind, (kinds.get(found.end.kind) ?? 0) + 1)
    }
    expect(kinds.get('corrupt')).toBeGreaterThan(500)
    expect(kinds.get('torn')).toBeGreaterThan(100)
  })
})
