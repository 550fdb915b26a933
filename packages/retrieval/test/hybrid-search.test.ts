import { describe, expect, it } from 'vitest'
import { HybridSearch } from '../src/hybrid-search.js'
import { fuseRankings } from '../src/reciprocal-rank-fusion.js'
import { FakeEmbedder } from './fake-embedder.js'
import { InMemoryBackend } from './in-memory-backend.js'
import { node } from './sample-memories.js'

const acme = { tenantId: 'acme' }
const embedder = new FakeEmbedder({ 'error E42': [1, 0, 0] })

async function backendWith(options: { readonly keywordSearch: boolean }): Promise<InMemoryBackend> {
  const backend = new InMemoryBackend({ dimensions: 3, ...options })
  await backend.insertNodes([
    // By meaning: a, b, c. By words: c (both), b (one). d and e are in neither ranking.
    node('a', [1, 0, 0]),
    node('b', [1, 0.2, 0], { humanContent: 'some error' }),
    node('c', [1, 1, 0], { humanContent: 'error e42' }),
    node('d', [-1, 0, 0]),
    node('e', [1, 0, 0], { tenantId: 'other', humanContent: 'error e42' }),
  ])
  return backend
}

describe('fuseRankings', () => {
  it('adds 1 / (60 + place) over the rankings', () => {
    const fused = fuseRankings(
      [
        ['a', 'b', 'c'],
        ['c', 'd'],
      ],
      (item) => item,
    )
    expect(fused).toEqual([
      { item: 'c', score: 1 / 63 + 1 / 61, places: [3, 1] },
      { item: 'a', score: 1 / 61, places: [1, undefined] },
      { item: 'b', score: 1 / 62, places: [2, undefined] },
      { item: 'd', score: 1 / 62, places: [undefined, 2] },
    ])
  })

  it('keeps a single ranking as it is', () => {
    expect(fuseRankings([['x', 'y'], []], (item) => item).map(({ item }) => item)).toEqual(['x', 'y'])
  })
})

describe('HybridSearch', () => {
  it('fuses meaning and words within the scope', async () => {
    const search = new HybridSearch(await backendWith({ keywordSearch: true }), acme, { embedder })
    const found = await search.search('error E42')
    expect(
      found.map(({ node: { id }, score, vectorRank, keywordRank }) => [id, score, vectorRank, keywordRank]),
    ).toEqual([
      ['c', 1 / 63 + 1 / 61, 3, 1],
      ['b', 1 / 62 + 1 / 62, 2, 2],
      ['a', 1 / 61, 1, undefined],
    ])
    expect((await search.search('error E42', { topK: 1 })).map(({ node: { id } }) => id)).toEqual(['c'])
    expect(await search.search('error E42', { topK: 0 })).toEqual([])
  })

  it('fuses no more places than depth, and at least topK', async () => {
    const search = new HybridSearch(await backendWith({ keywordSearch: true }), acme, { embedder })
    const shallow = await search.search('error E42', { topK: 1, depth: 1 })
    expect(shallow.map(({ node: { id } }) => id)).toEqual(['a'])
    const raised = await search.search('error E42', { topK: 3, depth: 1 })
    expect(raised.map(({ node: { id } }) => id)).toEqual(['c', 'b', 'a'])
  })

  it('passes filter and minScore on', async () => {
    const search = new HybridSearch(await backendWith({ keywordSearch: true }), acme, { embedder })
    const filtered = await search.search('error E42', { filter: { ids: ['a', 'b'] } })
    expect(filtered.map(({ node: { id } }) => id)).toEqual(['b', 'a'])
    const near = await search.search('error E42', { minScore: 0.9, filter: { ids: ['a', 'c'] } })
    expect(near.map(({ node: { id }, vectorRank }) => [id, vectorRank])).toEqual([
      ['a', 1],
      ['c', undefined],
    ])
  })

  it('keeps nodes of two owners apart that have the same id', async () => {
    const backend = new InMemoryBackend({ dimensions: 3, keywordSearch: true })
    await backend.insertNodes([
      node('same', [1, 0, 0], { tenantId: 'acme', userId: 'ann', humanContent: 'at work' }),
      node('same', [1, 1, 0], { tenantId: null, userId: 'ann', humanContent: 'error at home' }),
    ])
    const found = await new HybridSearch(backend, { userId: 'ann' }, { embedder }).search('error E42')
    expect(
      found.map(({ node: { humanContent }, vectorRank, keywordRank }) => [
        humanContent,
        vectorRank,
        keywordRank,
      ]),
    ).toEqual([
      ['error at home', 2, 1],
      ['at work', 1, undefined],
    ])
  })

  it('rejects on a backend without keyword search, unless told that vectors will do', async () => {
    const backend = await backendWith({ keywordSearch: false })
    await expect(new HybridSearch(backend, acme, { embedder }).search('error E42')).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    })
    const lenient = new HybridSearch(backend, acme, { embedder, keyword: 'if-supported' })
    expect((await lenient.search('error E42')).map(({ node: { id }, score }) => [id, score])).toEqual([
      ['a', 1 / 61],
      ['b', 1 / 62],
      ['c', 1 / 63],
    ])
  })

  it('lets every other failure of a keyword search through', async () => {
    const backend = await backendWith({ keywordSearch: true })
    await backend.close()
    const lenient = new HybridSearch(backend, acme, { embedder, keyword: 'if-supported' })
    await expect(lenient.search('error E42')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('finds nothing without a scope and for a blank question', async () => {
    const backend = await backendWith({ keywordSearch: true })
    expect(await new HybridSearch(backend, {}, { embedder }).search('error E42')).toEqual([])
    expect(await new HybridSearch(backend, acme, { embedder }).search('  ')).toEqual([])
  })

  it('refuses wrong options', async () => {
    const backend = await backendWith({ keywordSearch: true })
    const search = new HybridSearch(backend, acme, { embedder })
    await expect(search.search('error E42', { topK: -1 })).rejects.toThrow(RangeError)
    await expect(search.search('error E42', { depth: 1.5 })).rejects.toThrow(TypeError)
    const wrong: Record<string, unknown> = { embedder, keyword: 'maybe' }
    expect(() => new HybridSearch(backend, acme, wrong as never)).toThrow(TypeError)
  })
})
