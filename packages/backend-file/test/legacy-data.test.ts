import { createHash } from 'node:crypto'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scope } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { parseNpyHeader } from '../src/npy/npy-header.js'
import { directoryImage } from './support/directory-image.js'
import { legacyData } from './support/legacy-data.js'
import { temporaryDirectory } from './support/temporary-directory.js'

interface RawScope {
  readonly tenant_id?: string | null
  readonly user_id?: string | null
}

interface Expected {
  readonly queries: readonly {
    readonly query_row: number
    readonly scope: RawScope
    readonly top_k: number
    readonly min_score: number
    readonly ids: readonly string[]
    readonly scores: readonly number[]
  }[]
  readonly scopes: readonly {
    readonly scope: RawScope
    readonly ids: readonly string[]
    readonly page_offset3_limit4: readonly string[]
    readonly embedding_rows: number
    readonly embeddings_sha256: string
  }[]
}

const closeScores = 1e-5

function toScope({ tenant_id, user_id }: RawScope): Scope {
  return { tenantId: tenant_id ?? null, userId: user_id ?? null }
}

async function readExpected(
  root: string,
): Promise<{ expected: Expected; query: (row: number) => Float32Array }> {
  const expected: Expected = JSON.parse(await readFile(join(root, 'expected.json'), 'utf8'))
  const bytes = await readFile(join(root, 'queries.npy'))
  const { columns, dataOffset } = parseNpyHeader(bytes, 'queries.npy')
  const query = (row: number) =>
    Float32Array.from({ length: columns }, (_, column) =>
      bytes.readFloatLE(dataOffset + (row * columns + column) * 4),
    )
  return { expected, query }
}

describe.runIf(legacyData !== undefined)('a directory that the Python system wrote', () => {
  const root = legacyData ?? ''
  const dataDir = join(root, 'data')

  it('gives the results that Python gave, to every query', async () => {
    const { expected, query } = await readExpected(root)
    expect(expected.queries.length).toBeGreaterThanOrEqual(128)
    await using backend = await FileBackend.open({ dataDir, readOnly: true })
    for (const { query_row, scope, top_k, min_score, ids, scores } of expected.queries) {
      const options = { topK: top_k, minScore: min_score }
      const found = await backend.vectorSearch(query(query_row), toScope(scope), options)
      expect(found.length).toBe(ids.length)
      found.forEach(({ score }, rank) => {
        expect(Math.abs(score - (scores[rank] ?? Number.NaN))).toBeLessThanOrEqual(closeScores)
      })
      // The order is exact wherever neighbors differ by more than what scores may differ.
      const places = new Map(ids.map((id, rank) => [id, scores[rank] ?? Number.NaN]))
      found.forEach(({ node }, rank) => {
        const place = places.get(node.id)
        if (place === undefined) expect(scores.at(-1)).toBeCloseTo(scores[rank] ?? Number.NaN, 5)
        else expect(Math.abs(place - (scores[rank] ?? Number.NaN))).toBeLessThanOrEqual(closeScores)
      })
    }
  })

  it('shows every scope what Python showed it', async () => {
    const { expected } = await readExpected(root)
    expect(expected.scopes.length).toBeGreaterThanOrEqual(8)
    await using backend = await FileBackend.open({ dataDir, readOnly: true })
    for (const { scope, ids, page_offset3_limit4, embedding_rows, embeddings_sha256 } of expected.scopes) {
      const of = toScope(scope)
      expect((await backend.getNodes(of)).map(({ id }) => id)).toEqual(ids)
      const page = await backend.getNodes(of, { offset: 3, limit: 4 })
      expect(page.map(({ id }) => id)).toEqual(page_offset3_limit4)
      const { rows, nodeIds, data } = await backend.getEmbeddings(of)
      expect(rows).toBe(embedding_rows)
      expect(nodeIds).toEqual(ids)
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(embeddings_sha256)
    }
  })

  it('is the same byte for byte after a copy of it went through export and import', async () => {
    await using source = await FileBackend.open({ dataDir, readOnly: true })
    const target = await temporaryDirectory()
    await using copy = await FileBackend.open({ dataDir: target })
    let unowned = 0
    for await (const { kind, records } of source.admin.exportAll({ batchSize: 40 })) {
      const owned = records.filter(({ owner }) => owner !== undefined)
      unowned += records.length - owned.length
      await copy.admin.importBatch({ kind, records: owned })
    }
    expect(unowned).toBeGreaterThan(0)
    expect(await copy.admin.fingerprint()).toEqual(await source.admin.fingerprint({ ownedOnly: true }))
  })

  it('keeps every byte of its records when one is added', async () => {
    const target = await temporaryDirectory()
    await cp(dataDir, target, { recursive: true })
    const before = await directoryImage(target)
    const old = await readFile(join(target, 'corpus/nodes.json'), 'utf8')
    const backend = await FileBackend.open({ dataDir: target })
    await backend.insertNode({ tenantId: 'new', humanContent: 'q', assistantContent: 'a' })
    await backend.close()
    const after = await readFile(join(target, 'corpus/nodes.json'), 'utf8')
    expect(after.startsWith(old.slice(0, -2))).toBe(true)
    const image = await directoryImage(target)
    const changed = [...before].filter(([path, content]) => image.get(path) !== content).map(([path]) => path)
    expect(changed).toEqual(['corpus/nodes.json', 'manifest.json', 'vectors/nodes.npy'])
  })
})
