import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../src/disk/stored-file.js'
import { FileColumn } from '../src/records/file-column.js'
import { seed } from './simulated-disk/seed.js'
import { seededRandom } from './simulated-disk/seeded-random.js'

/** Only told apart. */
function namedFile(name: number): StoredFile {
  return { path: `file ${name}` } as StoredFile
}

describe('FileColumn', () => {
  it(`holds what an array would, seed ${seed}`, () => {
    const random = seededRandom(seed)
    const files = [undefined, ...Array.from({ length: 5 }, (_, name) => namedFile(name))]
    const first = files[1]
    const column = FileColumn.of(first, 10)
    const model = new Array<StoredFile | undefined>(10).fill(first)
    for (let round = 0; round < 2000; round++) {
      const [row, file] = [random.below(100), files[random.below(files.length)]]
      column.set(row, file)
      model[row] = file
      const asked = random.below(120)
      expect(column.get(asked)).toBe(model[asked])
      expect(column.has(asked)).toBe(model[asked] !== undefined)
    }
  })

  it('takes any number of files one after the other', () => {
    const column = FileColumn.of(namedFile(-1), 3)
    const kept = namedFile(0)
    column.set(1, kept)
    for (let name = 1; name <= 200_000; name++) {
      const file = namedFile(name)
      column.set(2, file)
      if (column.get(2) !== file) throw new Error(`file ${name} is another one`)
    }
    expect(column.get(1)).toBe(kept)
    expect(column.get(0)?.path).toBe('file -1')
  })

  it('refuses more files at once than it can tell apart', () => {
    const column = new FileColumn()
    const fill = () => {
      for (let row = 0; row < 70_000; row++) column.set(row, namedFile(row))
    }
    expect(fill).toThrow(RangeError)
    expect(column.get(60_000)?.path).toBe('file 60000')
  })
})
