import type { MemoryError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import {
  type CopyOptions,
  copyMemories,
  type MigrationProgress,
  UnownedRecordsError,
  verifyMemories,
} from '../src/index.js'
import { episode, FakeStore, node, sampleRecords } from './fake-store.js'

const nobody = { tenantId: null, userId: null }

async function copy(options: Partial<CopyOptions> & Pick<CopyOptions, 'from' | 'to'>) {
  return copyMemories(options)
}

describe('copyMemories', () => {
  it('copies every record as it is, in order and in batches', async () => {
    const from = new FakeStore(sampleRecords(30))
    const to = new FakeStore()
    const result = await copy({ from, to, batchSize: 7 })
    expect(to.records).toEqual(from.records)
    expect(result).toEqual({
      source: { nodes: 30, episodes: 10, vectors: 30, unowned: { count: 0, first: [] } },
      copied: 40,
      alreadyThere: 0,
    })
    expect(to.batches.map(({ size }) => size)).toEqual([7, 7, 7, 7, 2, 7, 3])
    expect(from.largestRead).toBe(7)
    expect(from.openExports + to.openExports).toBe(0)
  })

  it('copies an empty source', async () => {
    const to = new FakeStore()
    await expect(copy({ from: new FakeStore(), to })).resolves.toMatchObject({ copied: 0 })
    expect(to.batches).toEqual([])
  })

  it('copies one scope, and asks for room in that scope only', async () => {
    const from = new FakeStore(sampleRecords(30))
    const to = new FakeStore()
    await copy({ from, to, scope: { tenantId: 'a' } })
    expect(to.records.nodes).toEqual(from.records.nodes.filter(({ owner }) => owner?.tenantId === 'a'))
    expect(to.records.nodes).toHaveLength(10)
    await copy({ from, to, scope: { tenantId: 'b' } })
    expect(to.records.nodes).toHaveLength(20)
    await expect(copy({ from, to, scope: { tenantId: 'b' } })).rejects.toMatchObject({ code: 'CONFLICT' })
    // A user's scope covers the user inside tenant b too.
    await expect(copy({ from, to, scope: { userId: 'u' } })).rejects.toMatchObject({ code: 'CONFLICT' })
    const other = new FakeStore()
    await copy({ from, to: other, scope: { userId: 'u' } })
    expect(other.records.nodes).toHaveLength(20)
  })

  it('refuses a target that is not empty and changes nothing', async () => {
    for (const records of [{ nodes: [node('x')] }, { episodes: [episode('x')] }]) {
      const to = new FakeStore(records)
      await expect(copy({ from: new FakeStore(sampleRecords(3)), to })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      expect(to.batches).toEqual([])
      expect(to.openExports).toBe(0)
    }
  })

  it('writes nothing in a dry run, and refuses what a copy would', async () => {
    const from = new FakeStore(sampleRecords(9))
    from.embeddingModel = { provider: 'p', model: 'm', dimensions: 2 }
    const to = new FakeStore()
    await expect(copy({ from, to, dryRun: true })).resolves.toMatchObject({ copied: 12 })
    expect(to.batches).toEqual([])
    expect(to.embeddingModel).toBeUndefined()
    const full = new FakeStore(sampleRecords(1))
    await expect(copy({ from, to: full, dryRun: true })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('refuses the same store', async () => {
    const store = new FakeStore()
    await expect(copy({ from: store, to: store })).rejects.toThrow(TypeError)
  })
})

describe('records without an owner', () => {
  const records = {
    nodes: [node('a'), ...Array.from({ length: 25 }, (_, index) => node(`lost${index}`, nobody)), node('b')],
    episodes: [episode('lost', nobody), episode('e')],
  }

  it('are refused by default, listed and counted, and nothing is copied', async () => {
    const to = new FakeStore()
    const error = await copy({ from: new FakeStore(records), to }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UnownedRecordsError)
    expect((error as UnownedRecordsError).code satisfies MemoryError['code']).toBe('SCOPE_REQUIRED')
    const { unowned, message } = error as UnownedRecordsError
    expect(unowned.count).toBe(26)
    expect(unowned.first).toEqual(
      Array.from({ length: 20 }, (_, index) => ({ kind: 'nodes', id: `lost${index}` })),
    )
    expect(message).toMatch(/^26 records have .*: node lost0, node lost1, .*, node lost19 and 6 more$/)
    expect(to.batches).toEqual([])
  })

  it('names an episode as one', async () => {
    const from = new FakeStore({ episodes: [episode('lost', nobody)] })
    await expect(copy({ from, to: new FakeStore() })).rejects.toThrow(/: episode lost$/)
  })

  it('are left out with skip, and counted', async () => {
    const to = new FakeStore()
    const from = new FakeStore(records)
    const { source, copied } = await copy({ from, to, unowned: 'skip' })
    expect(source).toMatchObject({ nodes: 2, episodes: 1, unowned: { count: 26 } })
    expect(copied).toBe(3)
    expect(to.records.nodes.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(to.records.episodes.map(({ id }) => id)).toEqual(['e'])
    await expect(verifyMemories({ from, to, unowned: 'skip' })).resolves.toMatchObject({
      equal: true,
      unownedSkipped: 26,
    })
  })

  it('do not matter to a scope that does not see them', async () => {
    const to = new FakeStore()
    await copy({ from: new FakeStore(records), to, scope: { tenantId: 't' } })
    expect(to.records.nodes).toHaveLength(2)
  })
})

describe('what vectors a store is made for', () => {
  const model = { provider: 'local', model: 'small', dimensions: 2 }

  it('is carried over', async () => {
    const from = new FakeStore(sampleRecords(1))
    from.embeddingModel = model
    const to = new FakeStore()
    await copy({ from, to })
    expect(to.embeddingModel).toEqual(model)
  })

  it('is left as it is when the target knows the same', async () => {
    const from = new FakeStore(sampleRecords(1))
    const to = new FakeStore()
    from.embeddingModel = model
    to.embeddingModel = { ...model }
    await copy({ from, to })
    expect(to.batches).toHaveLength(1)
  })

  it('is refused when it is another model or another size, before anything is written', async () => {
    const from = new FakeStore(sampleRecords(1))
    from.embeddingModel = model
    const otherModel = new FakeStore()
    otherModel.embeddingModel = { ...model, model: 'large' }
    await expect(copy({ from, to: otherModel })).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' })
    const otherSize = new FakeStore()
    otherSize.dimensions = 3
    await expect(copy({ from, to: otherSize })).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
    expect([otherModel.batches, otherSize.batches]).toEqual([[], []])
    otherSize.dimensions = undefined
    await expect(copy({ from, to: otherSize })).resolves.toMatchObject({ copied: 1 })
  })
})

describe('an interrupted copy', () => {
  const batchSize = 4
  const from = new FakeStore(sampleRecords(18))
  const whole = 7 // batches: 18 nodes in 5, 6 episodes in 2

  it.each(Array.from({ length: whole }, (_, index) => index))(
    'after %i batches goes on with resume, and not without',
    async (batches) => {
      const to = new FakeStore()
      const controller = new AbortController()
      const reason = new Error('stop')
      let copied = 0
      const onProgress = ({ phase, done }: MigrationProgress) => {
        if (phase === 'copy' && to.batches.length === batches) {
          copied = done
          controller.abort(reason)
        }
      }
      await expect(copy({ from, to, batchSize, onProgress, signal: controller.signal })).rejects.toBe(reason)
      expect(to.batches).toHaveLength(batches)
      expect(to.records.nodes.length + to.records.episodes.length).toBe(copied)
      await expect(verifyMemories({ from, to })).resolves.toMatchObject({ equal: false })
      if (batches > 0) await expect(copy({ from, to })).rejects.toMatchObject({ code: 'CONFLICT' })

      const resumed = await copy({ from, to, batchSize, resume: true })
      expect(resumed).toMatchObject({ copied: 24 - copied, alreadyThere: copied })
      expect(to.records).toEqual(from.records)
      await expect(verifyMemories({ from, to })).resolves.toMatchObject({ equal: true, differenceCount: 0 })
    },
  )

  it('is not resumed into lies: what differs in the target is found by the comparison', async () => {
    const to = new FakeStore({ nodes: [node('n0', { tenantId: 'a', humanContent: 'other' })] })
    await copy({ from, to, resume: true })
    const { differences } = await verifyMemories({ from, to })
    expect(differences).toMatchObject([{ id: 'n0', field: 'human_content' }])
  })

  it('stops in the survey too', async () => {
    const controller = new AbortController()
    const to = new FakeStore()
    const onProgress = () => controller.abort(new Error('stop'))
    await expect(copy({ from, to, onProgress, signal: controller.signal })).rejects.toThrow('stop')
    expect(to.batches).toEqual([])
  })
})

it('tells how far it is', async () => {
  const told: string[] = []
  const from = new FakeStore({ nodes: [...sampleRecords(5).nodes, node('lost', nobody)] })
  const onProgress = ({ phase, done, total }: MigrationProgress) => told.push(`${phase} ${done}/${total}`)
  const options = { from, to: new FakeStore(), batchSize: 4, unowned: 'skip', onProgress } as const
  const { source } = await copyMemories(options)
  await verifyMemories({ ...options, source })
  expect(told).toEqual([
    'survey 0/undefined',
    'survey 4/undefined',
    'survey 6/undefined',
    'copy 0/5',
    'copy 4/5',
    'copy 5/5',
    'verify 0/6',
    'verify 4/6',
    'verify 6/6',
  ])
})
