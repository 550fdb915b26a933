import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { TopK } from '../src/search/top-k.js'
import { environmentOn } from './support/faulty-file-system.js'
import { MatrixReads } from './support/matrix-reads.js'
import { rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const seed = 4711

describe(`TopK (seed ${seed})`, () => {
  it('keeps what a full sort would put first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 })),
        fc.integer({ min: 1, max: 12 }),
        (scores, limit) => {
          const top = new TopK(limit, (row) => row)
          scores.forEach((score, row) => {
            top.offer(row, score)
          })
          const all = scores.map((score, row) => ({ row, score }))
          const sorted = all.sort((a, b) => b.score - a.score || a.row - b.row)
          expect(top.sorted()).toEqual(sorted.slice(0, limit))
        },
      ),
      { seed },
    )
  })
})

describe('a search', () => {
  it('reads the vectors of its scope and no others', async () => {
    const dataDir = await temporaryDirectory()
    const owners = ['ann', 'bob', 'ann', 'ann', 'bob', 'ann']
    await writeSmallStore(dataDir, { nodes: owners.map((user_id, row) => rawNode(`${row}`, { user_id })) })
    const reads = new MatrixReads()
    await using backend = await FileBackend.openIn(environmentOn(reads.files), { dataDir })
    reads.forget()
    const found = await backend.vectorSearch([1, 0, 0], { userId: 'ann' }, { topK: 9 })
    expect(found.map(({ node }) => node.id)).toEqual(['5', '3', '2', '0'])
    expect(reads.rows(12)).toEqual([0, 2, 3, 5])
    reads.forget()
    await backend.vectorSearch([1, 0, 0], { userId: 'bob' }, { filter: { ids: ['4'] } })
    expect(reads.rows(12)).toEqual([4])
  })

  it('gives the event loop its turn and can be aborted', async () => {
    const dataDir = await temporaryDirectory()
    const count = 2000
    const nodes = Array.from({ length: count }, (_, row) => rawNode(`${row}`, { user_id: 'ann' }))
    const vectors = nodes.map((_, row) => Array.from({ length: 1024 }, (_, column) => Math.sin(row * column)))
    await writeSmallStore(dataDir, { nodes, vectors })
    await using backend = await FileBackend.open({ dataDir })
    const query = new Float32Array(1024).fill(1)
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    })
    await backend.vectorSearch(query, { userId: 'ann' })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    // Of a store that has not been searched yet.
    await using another = await FileBackend.open({ dataDir, readOnly: true })
    const controller = new AbortController()
    const search = another.vectorSearch(query, { userId: 'ann' }, { signal: controller.signal })
    setImmediate(() => controller.abort(new Error('enough')))
    await expect(search).rejects.toThrow('enough')
  })
})
