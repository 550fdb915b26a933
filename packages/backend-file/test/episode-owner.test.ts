import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { rawEpisode, rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const node = (id: string, owner: { tenantId?: string; userId?: string }) => ({
  id,
  ...owner,
  humanContent: '',
  assistantContent: '',
})

async function ownersOf(dataDir: string): Promise<Record<string, string | null>> {
  await using backend = await FileBackend.open({ dataDir, readOnly: true })
  const owners: Record<string, string | null> = {}
  for await (const { kind, records } of backend.admin.exportAll()) {
    if (kind === 'nodes') continue
    for (const { id, owner } of records) owners[id] = owner ? `${owner.tenantId}/${owner.userId}` : null
  }
  return owners
}

describe('whose an old episode is', () => {
  it('follows from its nodes when all of them agree', async () => {
    const dataDir = await temporaryDirectory()
    await writeSmallStore(dataDir, {
      nodes: [
        rawNode('a1', { tenant_id: 'acme', user_id: 'ann' }),
        rawNode('a2', { tenant_id: 'acme', user_id: 'ann' }),
        rawNode('a3', { tenant_id: 'acme', user_id: 'bob' }),
        rawNode('p1', { user_id: 'ann' }),
        rawNode('u1'),
        rawNode('two', { tenant_id: 'acme' }),
        rawNode('two', { tenant_id: 'other' }),
      ],
      episodes: [
        rawEpisode('one user', ['a1', 'a2']),
        rawEpisode('one tenant', ['a1', 'a3']),
        rawEpisode('personal', ['p1']),
        rawEpisode('tenant and person', ['a1', 'p1']),
        rawEpisode('without owner', ['u1']),
        rawEpisode('partly without owner', ['a1', 'u1']),
        rawEpisode('partly missing', ['a1', 'gone']),
        rawEpisode('without nodes', []),
        rawEpisode('ambiguous', ['two']),
        rawEpisode('named', ['p1'], { tenant_id: 'acme' }),
        rawEpisode('named as nobody', ['p1'], { tenant_id: null, user_id: null }),
      ],
    })
    expect(await ownersOf(dataDir)).toEqual({
      'one user': 'acme/ann',
      'one tenant': 'acme/null',
      personal: 'null/ann',
      'tenant and person': null,
      'without owner': null,
      'partly without owner': null,
      'partly missing': null,
      'without nodes': null,
      ambiguous: null,
      named: 'acme/null',
      'named as nobody': null,
    })
    await using backend = await FileBackend.open({ dataDir, readOnly: true })
    const [episode] = await backend.getEpisodes({ userId: 'ann' })
    expect(episode).toMatchObject({ id: 'one user', tenantId: 'acme', userId: 'ann' })
  })

  it('is not changed by a node that somebody else inserts', async () => {
    const dataDir = await temporaryDirectory()
    await writeSmallStore(dataDir, {
      nodes: [rawNode('a', { tenant_id: 'acme' })],
      episodes: [
        rawEpisode('of acme', ['a']),
        rawEpisode('of nobody', ['gone']),
        rawEpisode('untouched', ['a'], { tenant_id: 'acme' }),
      ],
    })
    const before = await ownersOf(dataDir)
    expect(before).toEqual({ 'of acme': 'acme/null', 'of nobody': null, untouched: 'acme/null' })
    const backend = await FileBackend.open({ dataDir })
    await backend.insertNodes([node('a', { tenantId: 'eve' }), node('gone', { tenantId: 'eve' })])
    expect((await backend.getEpisodes({ tenantId: 'acme' })).map(({ id }) => id)).toEqual([
      'of acme',
      'untouched',
    ])
    expect(await backend.getEpisodes({ tenantId: 'eve' })).toEqual([])
    await backend.close()
    expect(await ownersOf(dataDir)).toEqual(before)
    const [first, second] = JSON.parse(await readFile(join(dataDir, 'corpus/episodes.json'), 'utf8'))
    expect(first).toEqual({ ...rawEpisode('of acme', ['a']), tenant_id: 'acme', user_id: null })
    expect(second).toEqual({ ...rawEpisode('of nobody', ['gone']), tenant_id: null, user_id: null })
  })

  it('does not make other inserts touch the episodes', async () => {
    const dataDir = await temporaryDirectory()
    await writeSmallStore(dataDir, {
      nodes: [rawNode('a', { tenant_id: 'acme' })],
      episodes: [rawEpisode('e', ['a'])],
    })
    const before = await readFile(join(dataDir, 'corpus/episodes.json'), 'utf8')
    const backend = await FileBackend.open({ dataDir })
    await backend.insertNodes([node('b', { tenantId: 'eve' })])
    await backend.insertNodes([node('a', { tenantId: 'acme' })], { onConflict: 'replace' })
    await backend.close()
    expect(await readFile(join(dataDir, 'corpus/episodes.json'), 'utf8')).toBe(before)
  })

  it('is written into an imported episode only where its nodes do not say it', async () => {
    const dataDir = await temporaryDirectory()
    const backend = await FileBackend.open({ dataDir })
    await backend.insertNodes([node('a', { tenantId: 'acme' })])
    const text = (id: string, nodes: readonly string[]) => JSON.stringify(rawEpisode(id, nodes))
    const owner = { tenantId: 'acme', userId: null }
    const record = { owner, embedding: undefined, clusterId: null }
    await backend.admin.importBatch({
      kind: 'episodes',
      records: [
        { ...record, id: 'says so', text: text('says so', ['a']) },
        { ...record, id: 'does not', text: text('does not', ['gone']) },
      ],
    })
    await backend.close()
    expect(await ownersOf(dataDir)).toEqual({ 'says so': 'acme/null', 'does not': 'acme/null' })
    const file = await readFile(join(dataDir, 'corpus/episodes.json'), 'utf8')
    expect(file).toContain(`[\n  ${text('says so', ['a'])},\n  `)
    expect(JSON.parse(file)[1]).toEqual({
      ...rawEpisode('does not', ['gone']),
      tenant_id: 'acme',
      user_id: null,
    })
  })
})
