import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OpenAiCompatibleEmbedder } from '../src/open-ai-compatible-embedder.js'
import type { OpenAiCompatibleOptions } from '../src/open-ai-compatible-options.js'
import { retryAfterMs } from '../src/retry-after.js'
import { EmbeddingServer, hangUp, json, stall, vectors } from './embedding-server.js'
import { rejection } from './sample-memories.js'

const apiKey = 'sk-very-secret-0123456789'

describe('OpenAiCompatibleEmbedder', () => {
  let server: EmbeddingServer

  beforeEach(async () => {
    server = await EmbeddingServer.start()
    server.willAnswer(vectors)
  })
  afterEach(() => server.stop())

  function embedder(options: Partial<OpenAiCompatibleOptions> = {}): OpenAiCompatibleEmbedder {
    const defaults = { baseUrl: server.baseUrl, model: 'tiny', dimensions: 2, retryDelayMs: 0 }
    return new OpenAiCompatibleEmbedder({ ...defaults, ...options })
  }

  it('asks for the texts and orders the vectors by index', async () => {
    expect(await embedder({ apiKey }).embed(['a', 'bb', 'ccc'])).toEqual([
      Float32Array.of(1, 1),
      Float32Array.of(2, 1),
      Float32Array.of(3, 1),
    ])
    expect(server.requests).toEqual([
      {
        url: '/v1/embeddings',
        authorization: `Bearer ${apiKey}`,
        body: { model: 'tiny', input: ['a', 'bb', 'ccc'], encoding_format: 'float' },
      },
    ])
  })

  it('sends batches one after the other', async () => {
    const texts = ['a', 'bb', 'ccc', 'dddd', 'eeeee']
    const found = await embedder({ batchSize: 2 }).embed(texts)
    expect(found.map(([length]) => length)).toEqual([1, 2, 3, 4, 5])
    expect(server.requests.map(({ body }) => body.input)).toEqual([['a', 'bb'], ['ccc', 'dddd'], ['eeeee']])
    expect(await embedder().embed([])).toEqual([])
    expect(server.requests).toHaveLength(3)
  })

  it('asks for dimensions and base64 when told to, and reads base64', async () => {
    const bytes = Buffer.alloc(8)
    bytes.writeFloatLE(0.1, 0)
    bytes.writeFloatLE(-3.5, 4)
    server.willAnswer(json(200, { data: [{ index: 0, embedding: bytes.toString('base64') }] }))
    const found = await embedder({ encodingFormat: 'base64', requestDimensions: true }).embed(['x'])
    expect(found).toEqual([Float32Array.of(0.1, -3.5)])
    expect(server.requests[0]?.body).toMatchObject({ encoding_format: 'base64', dimensions: 2 })
    expect(server.requests[0]?.authorization).toBeUndefined()
  })

  it('tries again after 429, 5xx and a broken connection', async () => {
    server.willAnswer(json(429, {}, { 'retry-after': '0' }), json(503, {}), hangUp, vectors)
    expect(await embedder().embed(['a'])).toEqual([Float32Array.of(1, 1)])
    expect(server.requests).toHaveLength(4)
  })

  it('gives up after maxRetries', async () => {
    server.willAnswer(json(500, { error: { message: 'out of memory' } }))
    await expect(embedder({ maxRetries: 2 }).embed(['a'])).rejects.toMatchObject({
      name: 'MemoryError',
      code: 'CONNECTION',
      message: expect.stringMatching(/answered 500: out of memory$/),
    })
    expect(server.requests).toHaveLength(3)
  })

  it.each([400, 401, 404, 307])('does not try again after %i', async (status) => {
    server.willAnswer(json(status, { error: 'no' }, { location: 'http://127.0.0.1:9/' }))
    await expect(embedder().embed(['a'])).rejects.toMatchObject({ code: 'CONNECTION' })
    expect(server.requests).toHaveLength(1)
  })

  it('waits as long as the server asks', async () => {
    server.willAnswer(json(429, {}, { 'retry-after': '50' }), vectors)
    const controller = new AbortController()
    let answers = 0
    const fetch: typeof globalThis.fetch = async (...args) => {
      const response = await globalThis.fetch(...args)
      answers += 1
      return response
    }
    const running = rejection(embedder({ fetch }).embed(['a'], { signal: controller.signal }))
    await expect.poll(() => answers).toBe(1)
    // A whole exchange with the server fits in between: without the wait the text would be sent again before it ends.
    expect(await embedder().embed(['b'])).toEqual([Float32Array.of(1, 1)])
    controller.abort(new Error('enough'))
    expect(await running).toEqual(new Error('enough'))
    expect(server.requests.map(({ body }) => body.input)).toEqual([['a'], ['b']])
  })

  it('does not wait longer than a minute', async () => {
    server.willAnswer(json(429, {}, { 'retry-after': '3600' }))
    await expect(embedder().embed(['a'])).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('asks to wait 3600 s'),
    })
    expect(server.requests).toHaveLength(1)
  })

  it('rejects with TIMEOUT when the answer stalls', async () => {
    server.willAnswer(stall)
    await expect(embedder({ timeoutMs: 50 }).embed(['a'])).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(server.requests).toHaveLength(1)
  })

  it('rejects with the reason of the signal', async () => {
    server.willAnswer(stall)
    const controller = new AbortController()
    const running = rejection(embedder().embed(['a'], { signal: controller.signal }))
    await expect.poll(() => server.requests.length).toBe(1)
    controller.abort(new Error('enough'))
    expect(await running).toEqual(new Error('enough'))
  })

  it('rejects with CONNECTION when nobody listens', async () => {
    const gone = embedder({ maxRetries: 1 })
    await server.stop()
    await expect(gone.embed(['a'])).rejects.toMatchObject({ code: 'CONNECTION', cause: expect.any(Error) })
  })

  it.each([
    ['DIMENSION_MISMATCH', { data: [{ index: 0, embedding: [1, 2, 3] }] }],
    ['INVALID_EMBEDDING', { data: [{ index: 0, embedding: [1, null] }] }],
    ['INVALID_EMBEDDING', { data: [{ index: 0, embedding: [1, 1e39] }] }],
    ['INVALID_EMBEDDING', { data: [{ index: 0, embedding: 'AACAfwAAgD8=' }] }],
    ['CONNECTION', { data: [{ index: 0, embedding: 'AACA' }] }],
    ['CONNECTION', { data: [{ index: 1, embedding: [1, 2] }] }],
    ['CONNECTION', { data: [] }],
    [
      'CONNECTION',
      {
        data: [
          { index: 0, embedding: [1, 2] },
          { index: 0, embedding: [1, 2] },
        ],
      },
    ],
    [
      'CONNECTION',
      {
        data: [
          { index: 0, embedding: [1, 2] },
          { index: 1, embedding: [1, 2] },
        ],
      },
    ],
    ['CONNECTION', { data: [{ embedding: [1, 2] }] }],
    ['CONNECTION', { embeddings: [[1, 2]] }],
    ['CONNECTION', []],
  ])('rejects with %s for the answer %j, at once', async (code, answer) => {
    server.willAnswer(json(200, answer))
    await expect(embedder().embed(['a'])).rejects.toMatchObject({ name: 'MemoryError', code })
    expect(server.requests).toHaveLength(1)
  })

  it('rejects with CONNECTION for an answer that is not JSON', async () => {
    server.willAnswer((response) => void response.end('<html>'))
    await expect(embedder().embed(['a'])).rejects.toMatchObject({ code: 'CONNECTION' })
  })

  it('refuses an empty text before anything is sent', async () => {
    await expect(embedder().embed(['a', ''])).rejects.toThrow(TypeError)
    expect(server.requests).toEqual([])
  })

  it.each([
    [401, { error: { message: `Incorrect API key provided: ${apiKey.slice(0, 8)}***` } }],
    [403, { error: apiKey }],
    [400, { error: { message: `${apiKey} may not do this with ${apiKey}` } }],
    [500, { error: { message: `failed for ${apiKey}` } }],
    [400, { nothing: apiKey }],
    [200, { nothing: apiKey }],
  ])('never shows the key, whatever the server says with %i', async (status, body) => {
    server.willAnswer(json(status, body))
    const error = await rejection(embedder({ apiKey, maxRetries: 0 }).embed(['a']))
    const shown = inspect(error, { depth: 10, showHidden: true })
    expect(shown).toContain('CONNECTION')
    expect(shown).not.toContain(apiKey.slice(0, 8))
    expect(server.requests[0]?.authorization).toContain(apiKey)
  })

  it('does not show the key when it is inspected or written as JSON', () => {
    const made = embedder({ apiKey })
    expect(inspect(made, { depth: 10, showHidden: true })).not.toContain(apiKey)
    expect(JSON.stringify(made)).toBe(
      '{"model":{"provider":"openai-compatible","model":"tiny","dimensions":2}}',
    )
  })

  it.each<[string, Record<string, unknown>]>([
    ['TypeError', { baseUrl: 'nowhere' }],
    ['TypeError', { baseUrl: 'ftp://localhost' }],
    ['TypeError', { baseUrl: `http://user:${apiKey}@localhost` }],
    ['TypeError', { apiKey: `${apiKey}\n` }],
    ['TypeError', { apiKey: '' }],
    ['TypeError', { model: '' }],
    ['TypeError', { dimensions: 2.5 }],
    ['RangeError', { dimensions: 0 }],
    ['RangeError', { batchSize: 0 }],
    ['RangeError', { maxRetries: -1 }],
    ['RangeError', { timeoutMs: 0 }],
    ['TypeError', { encodingFormat: 'hex' }],
    ['TypeError', { requestDimensions: 'yes' }],
    ['TypeError', { maxretries: 1 }],
  ])('throws a %s for %j', (name, wrong) => {
    const make = () => embedder(wrong)
    expect(make).toThrow(expect.objectContaining({ name }))
    expect(make).not.toThrow(new RegExp(apiKey))
  })

  it('uses the fetch it is given', async () => {
    const urls: string[] = []
    const fetch: typeof globalThis.fetch = (url, init) => {
      urls.push(String(url))
      return globalThis.fetch(url, init)
    }
    await embedder({ fetch, baseUrl: `${server.baseUrl}/` }).embed(['a'])
    expect(urls).toEqual([`${server.baseUrl}/embeddings`])
  })
})

describe('retryAfterMs', () => {
  const now = Date.parse('2025-11-10T12:00:00Z')

  it.each([
    [null, 0],
    ['2', 2000],
    [' 1.5 ', 1500],
    ['Mon, 10 Nov 2025 12:00:07 GMT', 7000],
    ['Mon, 10 Nov 2025 11:00:00 GMT', 0],
    ['soon', 0],
    ['-3', 0],
  ])('reads %j as %i ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected)
  })
})
