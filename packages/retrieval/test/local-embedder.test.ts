import { readFile } from 'node:fs/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LocalEmbedder, maxLocalCharacters } from '../src/local-embedder.js'
import { withoutFatalListenersOf } from '../src/process-listeners.js'

const events = ['uncaughtException', 'unhandledRejection'] as const
const sample = new URL('../../../fixtures/sample/', import.meta.url)

function fatalListeners() {
  return [process.listeners('uncaughtException'), process.listeners('unhandledRejection')]
}

describe('LocalEmbedder', () => {
  let embedder: LocalEmbedder
  const before = fatalListeners()
  const watchersBefore = process.listenerCount('newListener')
  let after: ReturnType<typeof fatalListeners>
  let during = 0

  beforeAll(async () => {
    const count = (event: string | symbol) => {
      if (event === 'uncaughtException' || event === 'unhandledRejection') during += 1
    }
    process.on('newListener', count)
    embedder = await LocalEmbedder.create()
    process.off('newListener', count)
    after = fatalListeners()
  })

  it('leaves no process-wide error listeners of the model behind', () => {
    expect(during, 'the model adds listeners, or this test shows nothing').toBeGreaterThan(0)
    expect(after).toEqual(before)
    expect(process.listenerCount('newListener')).toBe(watchersBefore)
  })

  it('says which model it is', () => {
    expect(embedder.model).toEqual({
      provider: 'energetic-ai',
      model: 'universal-sentence-encoder-lite-en',
      dimensions: 512,
    })
    expect(LocalEmbedder.model).toBe(embedder.model)
  })

  it('gives the vectors that the sample was made with', async () => {
    const nodes: readonly { human_content: string; assistant_content: string }[] = JSON.parse(
      await readFile(new URL('corpus/nodes.json', sample), 'utf8'),
    )
    const rows = await readFile(new URL('vectors/nodes.npy', sample))
    const start = rows.length - nodes.length * 512 * 4
    const some = [0, 17, 50, nodes.length - 1]
    const texts = some.map((row) => `${nodes[row]?.human_content}\n${nodes[row]?.assistant_content}`)
    const vectors = await embedder.embed(texts)
    for (const [index, row] of some.entries()) {
      const expected = Float32Array.from({ length: 512 }, (_, i) =>
        rows.readFloatLE(start + (row * 512 + i) * 4),
      )
      const vector = vectors[index] ?? new Float32Array(512)
      const differences = Array.from(vector, (value, i) => Math.abs(value - (expected[i] ?? Number.NaN)))
      expect(Math.max(...differences)).toBeLessThan(1e-6)
    }
  })

  it('puts texts of one meaning near each other', async () => {
    const [a, b, c] = await embedder.embed([
      'How do I reset my password?',
      'I forgot my password and cannot sign in.',
      'The weather was lovely in the mountains.',
    ])
    expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.2)
  })

  it('gives a text the same vector whatever stands beside it', async () => {
    const [alone] = await embedder.embed(['hello world'])
    const beside = await embedder.embed(['a much longer text than the other one', 'hello world'])
    const atOnce = await Promise.all([embedder.embed(['hello world']), embedder.embed(['something else'])])
    expect(beside[1]).toEqual(alone)
    expect(atOnce[0][0]).toEqual(alone)
  })

  it('refuses an empty text and what is no text', async () => {
    await expect(embedder.embed(['fine', ''])).rejects.toThrow(
      new TypeError('texts[1] is empty and cannot be embedded'),
    )
    await expect(embedder.embed([5 as never])).rejects.toThrow(TypeError)
    await expect(embedder.embed('text' as never)).rejects.toThrow(TypeError)
    expect(await embedder.embed([])).toEqual([])
  })

  it.each([' ', '\n', '電池', '😀', '\u0000', '\ud800', '__proto__'])(
    'gives %j a vector of unit length',
    async (text) => {
      const [vector] = await embedder.embed([text])
      expect(vector).toHaveLength(512)
      expect(dot(vector, vector)).toBeCloseTo(1, 5)
    },
  )

  it('reads a long text up to the bound, and no half character', async () => {
    const head = 'The battery does not charge. '.repeat(1_000).slice(0, maxLocalCharacters - 1)
    const [cut, long, otherTail, shorter] = await embedder.embed([
      head,
      `${head}😀${'x'.repeat(200_000)}`,
      `${head}\u{1f6b2} and more`,
      head.slice(0, 200),
    ])
    expect(long).toEqual(cut)
    expect(otherTail).toEqual(cut)
    expect(shorter).not.toEqual(cut)
  })

  it('stops between two texts when the signal says so', async () => {
    const controller = new AbortController()
    const many = Array.from({ length: 500 }, (_, index) => `sentence number ${index}`)
    const running = embedder.embed(many, { signal: controller.signal })
    setImmediate(() => controller.abort(new Error('enough')))
    await expect(running).rejects.toThrow('enough')
  })
})

describe('withoutFatalListenersOf', () => {
  const mine = () => {}

  afterEach(() => {
    for (const event of events) process.off(event, mine)
  })

  it('keeps the listeners that somebody else adds meanwhile', async () => {
    const result = await withoutFatalListenersOf('@energetic-ai/core', async () => {
      process.on('uncaughtException', mine)
      return 'loaded'
    })
    expect(result).toBe('loaded')
    expect(process.listeners('uncaughtException')).toContain(mine)
  })

  it('takes away those of the package, also when loading fails', async () => {
    const folder = '/retrieval/test'
    const load = withoutFatalListenersOf(folder.slice(1), async () => {
      process.on('unhandledRejection', mine)
      throw new Error('broken')
    })
    await expect(load).rejects.toThrow('broken')
    expect(process.listeners('unhandledRejection')).not.toContain(mine)
  })
})

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return a?.reduce((sum, value, index) => sum + value * (b?.[index] ?? Number.NaN), 0) ?? Number.NaN
}
