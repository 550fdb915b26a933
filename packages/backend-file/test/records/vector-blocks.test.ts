import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { RecentRanges } from '../../src/disk/recent-ranges.js'
import { StoredFile } from '../../src/disk/stored-file.js'
import { giveBlockBuffer, takeBlockBuffer } from '../../src/records/block-buffers.js'
import { vectorBlocks } from '../../src/records/vector-blocks.js'

/** A file in which every value is `value`. @param arrives called before each read ends. */
function fileOf(value: number | (() => number), size: number, arrives = async () => {}): StoredFile {
  const read = async (into: Uint8Array) => {
    await arrives()
    new Float32Array(into.buffer, into.byteOffset, into.length / 4).fill(
      typeof value === 'number' ? value : value(),
    )
    return into.length
  }
  const never = async () => {
    throw new Error('not expected')
  }
  const other = { write: never, sync: never, truncate: never, setMode: never, stat: never }
  return new StoredFile('vectors', size, { descriptor: 0, read, ...other, close: async () => {} })
}

/** Rows of these lengths in bytes, one behind the other. */
function rowsOf(file: StoredFile, lengths: readonly number[]) {
  const places = lengths.map((length, row) => {
    return { file, offset: lengths.slice(0, row).reduce((sum, each) => sum + each, 0), length }
  })
  return { index: { vector: (row: number) => places[row] }, rows: [...lengths.keys()] }
}

/** Buffers that are taken now, as two readers at the same time would. */
function takeSome() {
  const taken = Array.from({ length: 6 }, () => takeBlockBuffer(1024))
  for (const buffer of taken) giveBlockBuffer(buffer)
  return taken
}

describe('blocks of vectors', () => {
  it('share no buffer with another reader after there was no memory for one', async () => {
    const file = fileOf(7, 2 ** 46)
    // The first takes half of what two turns may have; the third needs more than an array can have.
    const { index, rows } = rowsOf(file, [300_000, 800_000, 2 ** 45])
    const read = async () => {
      for await (const { data } of vectorBlocks(index, rows, undefined)) {
        expect(data.every((value) => value === 7)).toBe(true)
      }
    }
    await expect(read()).rejects.toThrow(RangeError)
    const taken = takeSome()
    expect(new Set(taken).size).toBe(taken.length)
  })

  it('use the buffer of a reader before, once it is done with it', async () => {
    const file = fileOf(3, 1 << 20)
    const { index, rows } = rowsOf(file, [400, 400])
    const seen: ArrayBufferLike[] = []
    const read = async () => {
      for await (const { data } of vectorBlocks(index, rows, undefined)) {
        expect([...data]).toEqual(new Array(200).fill(3))
        seen.push(data.buffer)
      }
    }
    await read()
    await read()
    expect(seen[1]).toBe(seen[0])
    await Promise.all([read(), read()])
    expect(seen[3]).not.toBe(seen[2])
  })

  it('are those of the caller, in turn, as far as these are large enough', async () => {
    const file = fileOf(3, 4_000_000)
    const { index, rows } = rowsOf(file, [900_000, 900_000, 900_000, 1_200_000])
    const buffers = [new Float32Array(250_000), new Float32Array(250_000)]
    const seen: ArrayBufferLike[] = []
    for await (const { data } of vectorBlocks(index, rows, undefined, { buffers })) {
      expect(data.every((value) => value === 3)).toBe(true)
      seen.push(data.buffer)
    }
    const places = seen.map((data) => buffers.findIndex(({ buffer }) => buffer === data))
    expect(places).toEqual([0, 1, 0, -1])
  })

  it('are given up only when nothing is read into them any more', async () => {
    let reads = 0
    let release = () => {}
    const last = new Promise<void>((resolve) => {
      release = resolve
    })
    const file = fileOf(5, 4_000_000, () => (reads++ < 1 ? Promise.resolve() : last))
    const { index, rows } = rowsOf(file, [500_000, 500_000, 500_000])
    let hasEnded = false
    const leave = async () => {
      for await (const { rows: read } of vectorBlocks(index, rows, undefined)) return read
      return []
    }
    const left = leave().finally(() => {
      hasEnded = true
    })
    while (reads < 2) await setImmediate()
    await setImmediate()
    expect(hasEnded).toBe(false)
    const taken = takeSome()
    release()
    expect(await left).toEqual([0, 1])
    for (const buffer of taken) expect(buffer.includes(5) && buffer[0] === 5).toBe(false)
  })

  it('keep of a file what a caller went on from, and nothing that it objected to', async () => {
    let reads = 0
    // What the disk gets wrong once, it gets right the next time.
    const file = fileOf(
      () => (reads === 2 ? Number.NaN : 9),
      4_000_000,
      async () => {
        reads += 1
      },
    )
    const { index, rows } = rowsOf(file, [900_000, 900_000, 900_000])
    const recent = new RecentRanges(1 << 26)
    const seen: number[] = []
    const read = async () => {
      for await (const { data } of vectorBlocks(index, rows, undefined, { recent })) {
        const [value = 0] = data
        if (Number.isNaN(value)) throw new Error('not a number')
        seen.push(value)
      }
    }
    await expect(read()).rejects.toThrow('not a number')
    const before = reads
    await read()
    // The control: the first one was known, the last of those that were read was not asked for.
    expect(reads - before).toBe(2)
    await read()
    expect(reads - before).toBe(2)
    expect(seen).toEqual(new Array(7).fill(9))
  })
})
