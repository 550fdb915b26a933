import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { type SeededRandom, seededRandom } from '../simulated-disk/seeded-random.js'
import { python, runPython } from '../support/python.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { applyOperation } from './apply-operation.js'
import { dimensions, type Operation, operationAt, tenants, users } from './random-history.js'
import { type ModelRecord, StoreModel } from './store-model.js'

/** Reads every file of a store and does the searches by the contract alone: it knows nothing of how we do them. */
const oracle = `
import json, math, pathlib, sys
import numpy as np
root, searches = pathlib.Path(sys.argv[1]), json.load(open(sys.argv[2]))
files = {}
for path in sorted(root.rglob('*')):
    name = str(path.relative_to(root))
    if path.is_dir() or name.startswith('.holdfast'): continue
    files[name] = np.load(path) if path.suffix == '.npy' else json.load(open(path, encoding='ascii'))

def records(kind, text):
    rows, vectors = files[f'corpus/{kind}.json'], files[f'vectors/{kind}.npy']
    assert len(rows) == len(vectors) and vectors.dtype == np.float32, (kind, len(rows), vectors.shape)
    return [{'id': row['id'], 'text': row[text], 'metadata': row.get('metadata', {}), 'row': row,
             'vector': vector.tolist() if vector.any() else None} for row, vector in zip(rows, vectors)]

def sees(scope, row):
    if scope.get('tenantId'): return row.get('tenant_id') == scope['tenantId']
    return bool(scope.get('userId')) and row.get('user_id') == scope['userId']

def cosine(a, b):
    dot, aa, bb = (math.fsum(x * y for x, y in zip(p, q)) for p, q in ((a, b), (a, a), (b, b)))
    return dot / math.sqrt(aa * bb)

def search(nodes, query, scope, topK, minScore):
    scored = [(cosine(query, node['vector']), node['id']) for node in nodes
              if node['vector'] and sees(scope, node['row'])]
    best = sorted((pair for pair in scored if pair[0] >= minScore), key=lambda pair: -pair[0])[:topK]
    return [[id, score] for score, id in best]

nodes, episodes = records('nodes', 'human_content'), records('episodes', 'title')
print(json.dumps({'files': sorted(files), 'nodes': nodes, 'episodes': episodes,
                  'clusters': files['indexes/clusters.json'], 'stats': files['manifest.json']['stats'],
                  'searches': [search(nodes, **one) for one in searches]}))`

interface Search {
  readonly query: readonly number[]
  readonly scope: { readonly tenantId?: string; readonly userId?: string }
  readonly topK: number
  readonly minScore: number
}

interface OracleRecord extends Pick<ModelRecord, 'id' | 'text' | 'metadata' | 'vector'> {
  readonly row: Readonly<Record<string, unknown>>
}

interface OracleReport {
  readonly files: readonly string[]
  readonly nodes: readonly OracleRecord[]
  readonly episodes: readonly OracleRecord[]
  readonly clusters: Readonly<Record<string, readonly number[]>>
  readonly stats: unknown
  readonly searches: readonly (readonly (readonly [id: string, score: number])[])[]
}

const axis = (at: number, length: number) =>
  Array.from({ length: dimensions }, (_, i) => (i === at ? length : 0))
const fractions = (random: SeededRandom) =>
  Array.from({ length: dimensions }, () => Math.fround(random.below(2_000_001) / 1_000_000 - 1))

/** Nodes whose scores are 1, 0 and -1 to the bit, equal ones, and ones that are no whole numbers. */
function nodesForSearch(random: SeededRandom, name: string): Operation {
  const vectors = [
    axis(0, 1),
    axis(0, -3),
    axis(1, 2),
    axis(0, 4),
    ...Array.from({ length: 12 }, () => fractions(random)),
  ]
  const twice = vectors.map((vector) => vector.map((value) => value * 2))
  const owned = [
    ...tenants.map((tenantId) => ({ tenantId, userId: 'u1' })),
    { userId: 'u1' },
    { userId: 'u0' },
  ]
  const nodes = owned.flatMap((owner, place) =>
    [...vectors, ...twice].map((embedding, index) => {
      return {
        id: `${name}-${place}-${index}`,
        ...owner,
        humanContent: 'q',
        assistantContent: 'a',
        embedding,
      }
    }),
  )
  return { method: 'insertNodes', args: [nodes, { onConflict: 'error' }] }
}

function searches(random: SeededRandom): readonly Search[] {
  const scopes = [
    ...tenants.map((tenantId) => ({ tenantId })),
    ...users.map((userId) => ({ userId })),
    { tenantId: 't0', userId: 'u0' },
    { tenantId: '', userId: 'u1' },
    { tenantId: 't' },
  ]
  // One with many results, one whose best ones tie on the very bound.
  const fixed = [-1, 1].map((minScore) => ({
    query: axis(0, 1),
    scope: { tenantId: 't0' },
    topK: 40,
    minScore,
  }))
  const others = Array.from({ length: 48 }, (_, index) => ({
    query: index % 3 === 0 ? axis(random.below(3), 1) : fractions(random),
    scope: scopes[index % scopes.length] ?? {},
    topK: 1 + random.below(40),
    minScore: [0, 0, -1, 0.3, 1][random.below(5)] ?? 0,
  }))
  return [...fixed, ...others]
}

describe.runIf(python !== undefined)('Python with NumPy, after a history of all operations', () => {
  it(`reads every file and finds the same (HOLDFAST_SEED=${seed})`, async () => {
    const dataDir = await temporaryDirectory()
    const random = seededRandom(seed)
    const model = new StoreModel()
    let backend = await FileBackend.open({ dataDir })
    const run = async (operation: Operation) =>
      expect(await applyOperation(backend, operation), JSON.stringify(operation)).toEqual(
        model.apply(operation),
      )
    for (let n = 0; n < 600; n++) {
      await run(operationAt(seed, n))
      if (n === 300) await run(nodesForSearch(random, 'early'))
      if (n % 90 === 89) await backend.admin.compact()
      if (n % 200 !== 199) continue
      await backend.close()
      backend = await FileBackend.open({ dataDir })
    }
    // The history may have deleted the early ones again.
    await run(nodesForSearch(random, 'late'))
    await backend.close()

    const asked = searches(random)
    await using reader = await FileBackend.open({ dataDir, readOnly: true })
    const found = await Promise.all(
      asked.map(async ({ query, scope, ...options }) => reader.vectorSearch(query, scope, options)),
    )
    const questions = join(await temporaryDirectory(), 'searches.json')
    await writeFile(questions, JSON.stringify(asked))
    const report: OracleReport = JSON.parse(runPython(oracle, dataDir, questions).toString())

    expect(report.files).toEqual([
      'corpus/episodes.json',
      'corpus/nodes.json',
      'indexes/clusters.json',
      'manifest.json',
      'vectors/episodes.npy',
      'vectors/nodes.npy',
    ])
    expect(report.nodes.map(nodeSeen)).toEqual(model.nodes)
    expect(report.episodes.map(recordSeen)).toEqual(
      model.episodes.map(({ id, text, metadata, vector }) => ({ id, text, metadata, vector })),
    )
    const members = new Map<string, number[]>()
    model.nodes.forEach(({ clusterId }, row) => {
      if (clusterId !== null) members.set(String(clusterId), [...(members.get(String(clusterId)) ?? []), row])
    })
    expect(members.size).toBeGreaterThan(3)
    expect(report.clusters).toEqual(Object.fromEntries(members))
    expect(report.stats).toEqual({ total_nodes: model.nodes.length, total_episodes: model.episodes.length })

    report.searches.forEach((expected, index) => {
      const results = found[index] ?? []
      expect(
        results.map(({ node }) => node.id),
        JSON.stringify(asked[index]),
      ).toEqual(expected.map(([id]) => id))
      const off = results.map(({ score }, place) => Math.abs(score - (expected[place]?.[1] ?? Number.NaN)))
      expect(Math.max(0, ...off)).toBeLessThan(1e-6)
    })
    const counts = found.map(({ length }) => length)
    expect(Math.max(...counts)).toBeGreaterThan(20)
    expect(counts).toContain(0)
    // Ties there were, and scores on the very bound.
    const scores = found.map((results) => results.map(({ score }) => score))
    expect(scores.some((list) => new Set(list).size < list.length)).toBe(true)
    expect(scores.some((list, index) => list.includes(asked[index]?.minScore ?? Number.NaN))).toBe(true)
  })
})

function recordSeen({ id, text, metadata, vector }: OracleRecord) {
  return { id, text, metadata, vector }
}

function nodeSeen(record: OracleRecord): unknown {
  const { row } = record
  return {
    ...recordSeen(record),
    tenantId: row.tenant_id,
    userId: row.user_id,
    clusterId: row.cluster_id,
    clusterLabel: row.cluster_label,
    clusterConfidence: row.cluster_confidence,
    accessCount: row.access_count,
    isAccessed: row.last_accessed !== null,
  }
}
