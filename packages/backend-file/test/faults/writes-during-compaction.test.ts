import { describe, expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { applyOperation } from './apply-operation.js'
import { operationAt } from './random-history.js'
import { StoreModel } from './store-model.js'
import { readState, readsOf, stateOf } from './store-state.js'

const operations = 1_200

describe('writes while the store is compacted again and again', () => {
  it(`have the same results as without (HOLDFAST_SEED=${seed})`, async () => {
    const dataDir = await temporaryDirectory()
    const model = new StoreModel()
    const backend = await FileBackend.open({ dataDir })
    let isOver = false
    let compactions = 0
    const compact = async () => {
      for (; !isOver; compactions++) await backend.admin.compact()
    }
    const write = async () => {
      for (let n = 0; n < operations; n++) {
        const operation = operationAt(seed, n)
        const outcome = await applyOperation(backend, operation)
        expect(outcome, `${n}: ${JSON.stringify(operation).slice(0, 200)}`).toEqual(model.apply(operation))
        if (n % 25 === 0) expect(await readState(readsOf(backend)), `after ${n}`).toEqual(stateOf(model))
      }
    }
    await Promise.all([
      write().finally(() => {
        isOver = true
      }),
      compact(),
    ])
    expect(compactions).toBeGreaterThan(5)
    expect(await backend.admin.verify()).toEqual({ problems: [] })
    await backend.close()
    await using reopened = await FileBackend.open({ dataDir })
    expect(await readState(readsOf(reopened))).toEqual(stateOf(model))
  })

  it('can count and cluster what is being published', async () => {
    const dataDir = await temporaryDirectory()
    const scope = { tenantId: 't0' }
    const nodes = Array.from({ length: 60 }, (_, index) => {
      return {
        id: `n${index}`,
        ...scope,
        humanContent: `${index}`.repeat(500),
        assistantContent: '',
        embedding: [1, index],
      }
    })
    await using backend = await FileBackend.open({ dataDir })
    await backend.insertNodes(nodes)
    let total = 0
    for (let round = 0; total < 20; round++) {
      await backend.assignClusters(scope, [{ id: 'n0', clusterId: round }])
      let isOver = false
      const compaction = backend.admin.compact().finally(() => {
        isOver = true
      })
      let during = 0
      for (; !isOver; during++) {
        await backend.recordAccess(scope, ['n1', 'n2'])
        await backend.assignClusters(scope, [{ id: 'n3', clusterId: during, label: `${during}` }])
      }
      await compaction
      total += during
      const found = await backend.getNodes(scope)
      expect(found.map(({ humanContent }) => humanContent)).toEqual(
        nodes.map(({ humanContent }) => humanContent),
      )
      expect(found[3]).toMatchObject({ clusterId: during - 1, clusterLabel: `${during - 1}` })
      expect((await backend.getEmbeddings(scope)).data).toEqual(
        Float32Array.from(nodes.flatMap(({ embedding }) => embedding)),
      )
    }
    await backend.admin.compact()
    expect((await backend.getNodes(scope)).map(({ id }) => id)).toEqual(nodes.map(({ id }) => id))
  })
})
