import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DualRetriever } from '../src/dual-retriever.js'
import { FakeEmbedder } from './fake-embedder.js'

const dataDir = fileURLToPath(new URL('../../../fixtures/sample', import.meta.url))

describe('DualRetriever.load with a configuration', () => {
  let folder: string
  let path: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-load-'))
    path = join(folder, 'holdfast.yaml')
    await writeFile(path, `memory:\n  backend: file\npaths:\n  data_dir: ${JSON.stringify(dataDir)}\n`)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each<[string, () => string | object]>([
    ['a path', () => path],
    ['a URL', () => `file:${dataDir}`],
    ['an object', () => ({ paths: { dataDir } })],
  ])('opens the sample by %s and answers as a tenant, with the local model', async (_, config) => {
    await using retriever = await DualRetriever.load({ config: config(), tenantId: 'pedalwick' })
    const { process, episodic, context } = await retriever.retrieve('How do I reset my password?', {
      topK: 3,
    })
    expect(process.map(({ node }) => node.tenantId)).toEqual(['pedalwick', 'pedalwick', 'pedalwick'])
    expect(process[0]?.node.id).toBe('mem_6c9b53de311ddd46')
    expect(episodic[0]?.episode.id).toBe('pw-password-reset')
    expect(context).toContain('How do I reset my password for the Rider app?')
    expect(context).not.toContain('Meadow app')
  })

  it('closes the backend that it opened', async () => {
    const retriever = await DualRetriever.load({ config: path, tenantId: 'pedalwick' })
    await retriever.close()
    await retriever.close()
    await expect(retriever.retrieve('anything')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('refuses an embedder that does not fit, and a store that is not there', async () => {
    const embedder = new FakeEmbedder({})
    await expect(DualRetriever.load({ config: path, tenantId: 'pedalwick', embedder })).rejects.toMatchObject(
      {
        code: 'DIMENSION_MISMATCH',
      },
    )
    const missing = { config: `file:${join(folder, 'missing')}`, tenantId: 'pedalwick' }
    await expect(DualRetriever.load(missing)).rejects.toMatchObject({ code: 'CONNECTION' })
  })
})
