import type { ScopedMemory } from '@holdfast/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { databaseKinds } from './support/test-database.js'
import { acmeRows, rivalRows, scopedTables, tenantsStore } from './support/two-tenants.js'
import { visitsOf, watching } from './support/watched-plans.js'

/** What takes time that grows with rows. Each leaves as many records as there were. */
const calls: readonly (readonly [string, (memory: ScopedMemory) => Promise<unknown>])[] = [
  ['getNode', (memory) => memory.getNode('two')],
  ['getNode of an id that only others have', (memory) => memory.getNode('r7')],
  ['getNodes', (memory) => memory.getNodes({ limit: 2 })],
  ['getNodes by a filter', (memory) => memory.getNodes({ filter: { source: 'web', hasCode: false } })],
  ['getNodes by ids', (memory) => memory.getNodes({ filter: { ids: ['r7', 'two'] } })],
  ['countNodes', (memory) => memory.countNodes()],
  ['vectorSearch', (memory) => memory.vectorSearch([1, 0])],
  ['vectorSearch by a filter', (memory) => memory.vectorSearch([1, 0], { filter: { userId: 'nobody' } })],
  ['keywordSearch', (memory) => memory.keywordSearch('q')],
  ['getEmbeddings', (memory) => memory.getEmbeddings()],
  ['getClusterInfo', (memory) => memory.getClusterInfo()],
  ['getClusterCentroids', (memory) => memory.getClusterCentroids()],
  ['getEpisodes', (memory) => memory.getEpisodes({ limit: 2 })],
  ['searchEpisodes', (memory) => memory.searchEpisodes([1, 0])],
  ['updateNode', (memory) => memory.updateNode('two', { source: 'changed', embedding: [0, 1] })],
  ['recordAccess', (memory) => memory.recordAccess(['two', 'r7'])],
  ['assignClusters', (memory) => memory.assignClusters([{ id: 'r7', clusterId: 1, label: 'x' }])],
  ['deleteNodes', (memory) => memory.deleteNodes(['r7', 'r8'])],
  ['deleteEpisodes', (memory) => memory.deleteEpisodes(['r7', 'r8'])],
]

/** The time of a call is that of the rows it looks at, which unlike a clock says the same on a busy machine. */
describe.each(databaseKinds)('rows that a call visits on %s', (kind) => {
  const tenants = tenantsStore(kind)

  const visited = async (tenantId: string, call: (memory: ScopedMemory) => Promise<unknown>) => {
    const watched = watching(tenants.pool)
    const backend = await PostgresBackend.open({
      pool: watched.pool,
      schema: tenants.schema,
      migrate: 'check',
    })
    onTestFinished(() => backend.close())
    watched.plans.length = 0
    await call(backend.withScope({ tenantId }))
    return watched.plans
      .flatMap(visitsOf)
      .filter(({ relation }) => (scopedTables as readonly string[]).includes(relation))
      .map(({ relation, rows, removed }) => ({ relation, rows: rows + removed }))
  }

  it.each(calls)('are none of another tenant: %s', async (_, call) => {
    const visits = await visited('acme', call)
    expect(visits.length).toBeGreaterThan(0)
    for (const { relation, rows } of visits) expect(rows, relation).toBeLessThanOrEqual(acmeRows)
  })

  it('are found to be more where a tenant has more', async () => {
    const visits = await visited('rival', (memory) => memory.vectorSearch([1, 0]))
    expect(Math.max(...visits.map(({ rows }) => rows))).toBeGreaterThanOrEqual(rivalRows)
  })
})
