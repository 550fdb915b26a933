import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { rawEpisode, rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const camel = { tenantId: 'eve', userId: 'eve', clusterId: 7, memoryNodeIds: ['of eve'] }
const eve = { tenantId: 'eve' }
const acme = { tenantId: 'acme' }

describe('the names of fields in a stored text', () => {
  it('are those in snake_case only, whatever stands beside them', async () => {
    const dataDir = await temporaryDirectory()
    await writeSmallStore(dataDir, {
      nodes: [
        rawNode('both', { tenant_id: 'acme', cluster_id: 3, ...camel }),
        rawNode('camel', camel),
        rawNode('of eve', eve),
        rawNode('by eve', { tenant_id: 'eve' }),
      ],
      episodes: [
        rawEpisode('both', ['both'], { tenant_id: 'acme', ...camel }),
        rawEpisode('of its nodes', ['both'], camel),
        rawEpisode('camel', [], { ...camel, memoryNodeIds: ['both'] }),
      ],
    })
    await using backend = await FileBackend.open({ dataDir, readOnly: true })
    expect((await backend.getNodes(acme)).map(({ id, clusterId }) => [id, clusterId])).toEqual([['both', 3]])
    expect((await backend.getNodes(eve)).map(({ id }) => id)).toEqual(['by eve'])
    expect((await backend.getEpisodes(acme)).map(({ id }) => id)).toEqual(['both', 'of its nodes'])
    expect(await backend.getEpisodes(eve)).toEqual([])
    expect((await backend.getNode(acme, 'both'))?.extra).toEqual(camel)
  })

  it('are read so in an import too, and the text stays as it is', async () => {
    const dataDir = await temporaryDirectory()
    const backend = await FileBackend.open({ dataDir })
    const beside = { embedding: undefined, clusterId: null, owner: { tenantId: 'acme', userId: null } }
    const node = JSON.stringify(rawNode('n', { ...camel, tenant_id: 'acme' }))
    const episode = JSON.stringify(rawEpisode('e', ['n'], { ...camel, tenant_id: 'acme' }))
    await backend.admin.importBatch({ kind: 'nodes', records: [{ ...beside, id: 'n', text: node }] })
    await backend.admin.importBatch({ kind: 'episodes', records: [{ ...beside, id: 'e', text: episode }] })
    await backend.close()
    await using again = await FileBackend.open({ dataDir, readOnly: true })
    expect(await again.countNodes(eve)).toBe(0)
    expect(await again.countNodes(acme)).toBe(1)
    expect(await again.countEpisodes(acme)).toBe(1)
    const texts: string[] = []
    for await (const { records } of again.admin.exportAll()) texts.push(...records.map(({ text }) => text))
    expect(texts).toEqual([node, episode])
  })
})

describe('white space in an imported text', () => {
  it('stays within the record, and that around it does not, before and after the store is opened again', async () => {
    const dataDir = await temporaryDirectory()
    const inner = `{ "id" : "n",\r\n\t"tenant_id": "acme", "human_content": " q ", "assistant_content": "a",
      "created_at": "2025-01-02T03:04:05.123456" }`
    const owner = { tenantId: 'acme', userId: null }
    const record = { id: 'n', owner, text: ` \n${inner}\r\n\t`, embedding: undefined, clusterId: null }
    const texts = async (backend: FileBackend) => {
      const found: string[] = []
      for await (const { records } of backend.admin.exportAll())
        found.push(...records.map(({ text }) => text))
      return found
    }
    const backend = await FileBackend.open({ dataDir })
    await backend.admin.importBatch({ kind: 'nodes', records: [record] })
    expect(await texts(backend)).toEqual([inner])
    await backend.close()
    await using again = await FileBackend.open({ dataDir, readOnly: true })
    expect(await texts(again)).toEqual([inner])
  })
})
