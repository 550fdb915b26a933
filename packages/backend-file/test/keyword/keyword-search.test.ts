import { setImmediate } from 'node:timers/promises'
import type { MemoryNodeInput } from '@holdfast/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { findByWords, search } from './word-oracle.js'

const acme = { tenantId: 'acme' }

function node(id: string, humanContent: string, more: Partial<MemoryNodeInput> = {}): MemoryNodeInput {
  return { id, tenantId: 'acme', humanContent, assistantContent: '', ...more }
}

async function withNodes(nodes: readonly MemoryNodeInput[]): Promise<FileBackend> {
  const backend = await FileBackend.open({ dataDir: await temporaryDirectory(), durability: 'off' })
  onTestFinished(() => backend.close())
  await backend.insertNodes(nodes)
  return backend
}

async function ids(backend: FileBackend, query: string, scope = acme): Promise<readonly string[]> {
  return (await search(backend, query, scope)).map(({ id }) => id)
}

describe('keyword search in files', () => {
  it('finds words whatever their case and form', async () => {
    const backend = await withNodes([
      node('german', 'Die Straße nach Köln'),
      node('greek', 'ο δρόμος ΟΔΟΣ'),
      node('wide', 'ｆｕｌｌｗｉｄｔｈ'),
      node('cat', '猫が好き'),
      node('code', 'TypeError in read_nodes(): E42'),
      node('answer', '', { assistantContent: 'naïve cafe\u0301' }),
    ])
    expect(await ids(backend, 'STRASSE')).toEqual(['german'])
    expect(await ids(backend, 'ko\u0308ln')).toEqual(['german'])
    expect(await ids(backend, 'οδος')).toEqual(['greek'])
    expect(await ids(backend, 'fullwidth')).toEqual(['wide'])
    expect(await ids(backend, '好')).toEqual(['cat'])
    expect(await ids(backend, 'nodes e42')).toEqual(['code'])
    expect(await ids(backend, 'café')).toEqual(['answer'])
    expect(await ids(backend, 'cafe')).toEqual([])
  })

  it('finds nothing for a text without words, or with unknown ones', async () => {
    const backend = await withNodes([node('a', 'some words')])
    for (const query of ['', ' \n', '… !?', '👍', 'unknown']) expect(await ids(backend, query)).toEqual([])
    expect(await ids(backend, 'words')).toEqual(['a'])
  })

  it('takes common words as words, worth little', async () => {
    const backend = await withNodes([
      node('both', 'the the the a a'),
      node('one', 'the whale is long and wide'),
      node('other', 'a whale'),
    ])
    expect(await ids(backend, 'the a')).toEqual(['both', 'other', 'one'])
    for (const { score } of await search(backend, 'the', acme)) expect(score).toBeGreaterThan(0)
  })

  it('keeps to topK, whatever it is, and to insertion order among equals', async () => {
    const names = Array.from({ length: 25 }, (_, at) => `n${(at * 7) % 25}`)
    const backend = await withNodes(names.map((name) => node(name, 'same text')))
    for (const topK of [0, 1, 2, 24, 25, 26, Number.MAX_SAFE_INTEGER]) {
      const found = await search(backend, 'text', acme, { topK })
      expect(found.map(({ id }) => id)).toEqual(names.slice(0, topK))
    }
  })

  it('holds documents of ten thousand words, of none, and of one word without an end', async () => {
    const long = Array.from({ length: 10_000 }, (_, at) => `w${at % 5_000}`).join(' ')
    const backend = await withNodes([
      node('long', long, { assistantContent: long }),
      node('empty', ''),
      node('blob', 'x'.repeat(1_000_000)),
      node('short', 'w1 w2'),
    ])
    const nodes = await backend.getNodes(acme)
    for (const query of ['w1', 'w4999 w1', 'x'.repeat(64), `${'x'.repeat(64)}y`, long]) {
      expect(await search(backend, query, acme)).toEqual(findByWords(query, nodes))
    }
    expect(await ids(backend, 'x'.repeat(2_000))).toEqual(['blob'])
    expect(await ids(backend, 'w1')).toEqual(['short', 'long'])
  })

  it('keeps apart what a used row number stood for before', async () => {
    const backend = await withNodes([node('x', 'one'), node('y', 'other')])
    expect(await ids(backend, 'one')).toEqual(['x'])
    // The row of `one` is given back by the compaction, and `three` gets it, at the same place in the order.
    await backend.updateNode(acme, 'x', { humanContent: 'two' })
    await backend.admin.compact()
    await backend.updateNode(acme, 'x', { humanContent: 'three' })
    expect(await ids(backend, 'one')).toEqual([])
    expect(await ids(backend, 'three')).toEqual(['x'])
    await backend.updateNode(acme, 'y', { humanContent: 'four' })
    await backend.admin.compact()
    await backend.deleteNodes(acme, ['x'])
    await backend.insertNode(node('x', 'one'))
    expect(await ids(backend, 'three')).toEqual([])
    expect(await ids(backend, 'one four')).toEqual(['y', 'x'])
  })

  it('sees what a user has inside tenants, and counts nobody else', async () => {
    const mine = [
      node('a', 'apple pie', { userId: 'ann' }),
      node('b', 'apple', { tenantId: 'other', userId: 'ann' }),
      node('c', 'apple tart today', { tenantId: null, userId: 'ann' }),
    ]
    const alone = await withNodes(mine)
    const among = await withNodes(mine)
    for (let at = 0; at < 50; at++) {
      await among.insertNode(node(`x${at}`, 'apple apple', at % 2 === 0 ? {} : { userId: 'bob' }))
    }
    const ann = { userId: 'ann' }
    const expected = await search(alone, 'apple today', ann)
    expect(expected.map(({ id }) => id)).toEqual(['c', 'b', 'a'])
    expect(await search(among, 'apple today', ann)).toEqual(expected)
    await among.updateNode({ tenantId: 'acme' }, 'x0', { humanContent: 'today today' })
    await among.deleteNodes({ tenantId: 'acme' }, ['x1', 'x2'])
    expect(await search(among, 'apple today', ann)).toEqual(expected)
    // A node that goes over to another user takes its words along.
    await among.insertNodes([node('a', 'apple pie', { userId: 'bob' })], { onConflict: 'replace' })
    expect((await search(among, 'apple', ann)).map(({ id }) => id)).toEqual(['b', 'c'])
  })

  it('lets a filter take results away without changing a score', async () => {
    const backend = await withNodes([
      node('a', 'apple', { hasCode: true }),
      node('b', 'apple apple'),
      node('c', 'apple pie', { hasCode: true }),
      node('d', 'pear', { hasCode: true }),
    ])
    const all = await search(backend, 'apple', acme)
    const kept = all.filter(({ id }) => id !== 'b')
    expect(await search(backend, 'apple', acme, { filter: { hasCode: true } })).toEqual(kept)
    expect(await search(backend, 'apple', acme, { filter: { ids: ['a', 'c', 'd'] } })).toEqual(kept)
    expect(await search(backend, 'apple', acme, { topK: 1, filter: { hasCode: true } })).toEqual(
      kept.slice(0, 1),
    )
    expect(await search(backend, 'apple', acme, { filter: { ids: [] } })).toEqual([])
    expect(all).toHaveLength(3)
  })

  it(`finds what passes a filter, however far down it is (seed ${seed})`, async () => {
    const random = seededRandom(seed)
    const text = () => `apple ${'filler '.repeat(random.below(40))}`
    const isRare = (at: number) => at % 1_500 === 1_000
    const nodes = Array.from({ length: 5_500 }, (_, at) => {
      const humanContent = isRare(at) ? `apple ${'filler '.repeat(60 + at / 500)}` : text()
      return node(`n${at}`, humanContent, {
        hasCode: isRare(at),
        hasError: at % 3 === 0,
        userId: `u${at % 7}`,
      })
    })
    const backend = await withNodes(nodes)
    const stored = await backend.getNodes(acme)
    const all = await search(backend, 'apple', acme, { topK: 10_000 })
    expect(all).toEqual(findByWords('apple', stored, { topK: 10_000 }))
    expect(all).toHaveLength(nodes.length)
    for (const filter of [{ hasCode: true }, { hasError: true, userId: 'u3' }, { userId: 'u1' }]) {
      const ids = new Set((await backend.getNodes(acme, { filter })).map(({ id }) => id))
      const passing = all.filter(({ id }) => ids.has(id))
      expect(passing.length).toBeGreaterThan(0)
      for (const topK of [1, 100, 10_000]) {
        const found = await search(backend, 'apple', acme, { topK, filter })
        expect(found).toEqual(passing.slice(0, topK))
      }
    }
    // The control: those that pass are worse than all that are looked at first.
    const rare = await search(backend, 'apple', acme, { filter: { hasCode: true } })
    expect(rare).toEqual(all.slice(-rare.length))
    expect(rare).toHaveLength(3)
  })

  it('gives the event loop its turn while it reads, and ends when it is no longer wanted', async () => {
    const content = Array.from({ length: 400 }, (_, at) => `word${at}`).join(' ')
    const backend = await withNodes(
      Array.from({ length: 2_000 }, (_, at) => node(`n${at}`, `${content} ${at}`)),
    )
    const controller = new AbortController()
    const reason = new Error('enough')
    const first = backend.keywordSearch('word1', acme, { signal: controller.signal })
    const waiting = backend.keywordSearch('word1', acme, { signal: controller.signal })
    const other = backend.keywordSearch('word1 1999', acme)
    const outcomes = Promise.allSettled([first, waiting])
    for (let turn = 0; turn < 3; turn++) await setImmediate()
    controller.abort(reason)
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason })
    let turns = 0
    let isOver = false
    const counting = (async () => {
      for (; !isOver; turns++) await setImmediate()
    })()
    // What the first one has done by then is kept for this one.
    expect((await other)[0]?.node.id).toBe('n1999')
    isOver = true
    await counting
    expect(turns).toBeGreaterThan(3)
  })
})
