import { MemoryError } from '@holdfast/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { DualRetriever } from '../src/dual-retriever.js'
import { EpisodicMemoryRetriever } from '../src/episodic-memory-retriever.js'
import { ProcessMemoryRetriever } from '../src/process-memory-retriever.js'
import { FakeEmbedder } from './fake-embedder.js'
import { InMemoryBackend } from './in-memory-backend.js'
import { episode, node } from './sample-memories.js'

const model = { provider: 'fake', model: 'table', dimensions: 3 }
const acme = { tenantId: 'acme' }

describe('retrievers', () => {
  let warnings: string[]
  let backend: InMemoryBackend
  let embedder: FakeEmbedder

  beforeEach(async () => {
    warnings = []
    const logger = { debug() {}, info() {}, error() {}, warn: (text: string) => void warnings.push(text) }
    backend = new InMemoryBackend({ dimensions: 3, embeddingModel: model, logger })
    embedder = new FakeEmbedder({ east: [1, 0, 0], north: [0, 1, 0] })
    await backend.insertNodes([
      node('north', [0, 2, 0]),
      node('east', [3, 0, 0], { source: 'mail' }),
      node('diagonal', [1, 1, 0]),
      node('other-east', [1, 0, 0], { tenantId: 'other' }),
    ])
    await backend.insertEpisodes([
      episode('ep-north', [0, 1, 0]),
      episode('ep-east', [1, 0, 0]),
      episode('ep-other', [1, 0, 0], { tenantId: 'other' }),
    ])
  })

  it('finds the exchanges of the scope, best first', async () => {
    const found = await new ProcessMemoryRetriever(backend, acme, { embedder }).retrieve('east')
    expect(found.map(({ node: { id }, score }) => [id, score])).toEqual([
      ['east', 1],
      ['diagonal', expect.closeTo(Math.SQRT1_2, 6)],
      ['north', 0],
    ])
  })

  it('finds the conversations of the scope, best first', async () => {
    const found = await new EpisodicMemoryRetriever(backend, acme, { embedder }).retrieve('north', {
      topK: 1,
    })
    expect(found.map(({ episode: { id }, score }) => [id, score])).toEqual([['ep-north', 1]])
  })

  it('passes on topK, minScore and filter', async () => {
    const retriever = new ProcessMemoryRetriever(backend, acme, { embedder })
    const ids = async (...args: Parameters<typeof retriever.retrieve>) =>
      (await retriever.retrieve(...args)).map((found) => found.node.id)
    expect(await ids('east', { topK: 1 })).toEqual(['east'])
    expect(await ids('east', { minScore: 0.5 })).toEqual(['east', 'diagonal'])
    expect(await ids('east', { filter: { source: 'chat' } })).toEqual(['diagonal', 'north'])
  })

  it('takes a vector in place of words, without an embedder', async () => {
    const found = await new ProcessMemoryRetriever(backend, acme).retrieve([0, 1, 0], { topK: 1 })
    expect(found.map((scored) => scored.node.id)).toEqual(['north'])
    await expect(new ProcessMemoryRetriever(backend, acme).retrieve('east')).rejects.toThrow(TypeError)
  })

  it('embeds a question once for both kinds, and gives the text for a prompt', async () => {
    const retriever = new DualRetriever(backend, acme, { embedder })
    const result = await retriever.retrieve('east', { topK: 2, minScore: 0.5 })
    expect(embedder.asked).toEqual(['east'])
    expect(backend.queries).toEqual([Float32Array.of(1, 0, 0), Float32Array.of(1, 0, 0)])
    expect(result.process.map(({ node: { id } }) => id)).toEqual(['east', 'diagonal'])
    expect(result.episodic.map(({ episode: { id } }) => id)).toEqual(['ep-east'])
    expect(result.context).toContain('question east')
    expect(result.context).toContain('Title ep-east')
    expect(result.context).not.toContain('other')
    expect(result.timings).toEqual({ embedding: expect.any(Number), search: expect.any(Number) })
  })

  it('bounds conversations on their own', async () => {
    const retriever = new DualRetriever(backend, acme, { embedder })
    const ids = async (...args: Parameters<typeof retriever.retrieve>) =>
      (await retriever.retrieve(...args)).episodic.map((found) => found.episode.id)
    expect(await ids('east')).toEqual(['ep-east', 'ep-north'])
    expect(await ids('east', { episodes: { minScore: 0.5 } })).toEqual(['ep-east'])
    expect(await ids('east', { minScore: 0.5, episodes: { minScore: 0 } })).toEqual(['ep-east', 'ep-north'])
    expect(await ids('east', { episodes: { topK: 0 } })).toEqual([])
  })

  it.each([{}, { tenantId: null, userId: null }, { tenantId: '', userId: '' }])(
    'gives nothing to %j, asks no model, and leaves a warning',
    async (scope) => {
      const result = await new DualRetriever(backend, scope, { embedder }).retrieve('east')
      expect([result.process, result.episodic, result.context]).toEqual([[], [], ''])
      expect(embedder.asked).toEqual([])
      expect(warnings).toHaveLength(2)
    },
  )

  it.each(['', ' \n\t'])('finds nothing for the blank question %j and asks no model', async (blank) => {
    const result = await new DualRetriever(backend, acme, { embedder }).retrieve(blank)
    expect([result.process, result.episodic, result.context]).toEqual([[], [], ''])
    expect(embedder.asked).toEqual([])
  })

  it('refuses options that nobody reads', async () => {
    const retriever = new DualRetriever(backend, acme, { embedder })
    const misspelt: Record<string, unknown>[] = [
      { topk: 3 },
      { episodes: { topk: 3 } },
      { context: { max: 3 } },
    ]
    for (const options of misspelt)
      await expect(retriever.retrieve('east', options)).rejects.toThrow(TypeError)
    expect(embedder.asked).toEqual([])
  })

  it('rejects with the reason of an aborted signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const retriever = new DualRetriever(backend, acme, { embedder })
    await expect(retriever.retrieve('east', { signal })).rejects.toThrow('enough')
  })

  it.each([
    ['DIMENSION_MISMATCH', { dimensions: 4 }],
    ['EMBEDDING_MISMATCH', { model: 'chairs' }],
    ['EMBEDDING_MISMATCH', { provider: 'elsewhere' }],
  ])('refuses with %s an embedder with %j', async (code, different) => {
    const wrong = new FakeEmbedder({ east: [1, 0, 0, 0] }, different)
    for (const Retriever of [ProcessMemoryRetriever, EpisodicMemoryRetriever, DualRetriever]) {
      const retriever = new Retriever(backend, acme, { embedder: wrong })
      await expect(retriever.retrieve('east')).rejects.toMatchObject({ name: 'MemoryError', code })
    }
    await expect(DualRetriever.load({ backend, ...acme, embedder: wrong })).rejects.toMatchObject({ code })
    expect(wrong.asked).toEqual([])
  })

  it('goes by the embedder where the store does not know its model yet', async () => {
    const empty = new InMemoryBackend()
    const retriever = await DualRetriever.load({ backend: empty, ...acme, embedder })
    expect((await retriever.retrieve('east')).process).toEqual([])
  })

  it('refuses a vector of another length than the embedder promised', async () => {
    const liar = new FakeEmbedder({ east: [1, 0] })
    await expect(
      new ProcessMemoryRetriever(backend, acme, { embedder: liar }).retrieve('east'),
    ).rejects.toThrow(
      new MemoryError('DIMENSION_MISMATCH', 'the embedder gave 2 dimensions and says that its model has 3'),
    )
  })

  it('leaves a backend open that was passed in', async () => {
    {
      await using retriever = await DualRetriever.load({ backend, ...acme, embedder })
      await retriever.retrieve('east')
      await retriever.close()
    }
    expect(await backend.countNodes(acme)).toBe(3)
  })

  it('takes either a backend or a configuration', async () => {
    await expect(DualRetriever.load({ ...acme, embedder })).rejects.toThrow(TypeError)
    await expect(DualRetriever.load({ backend, config: 'file:.', ...acme, embedder })).rejects.toThrow(
      TypeError,
    )
  })
})
