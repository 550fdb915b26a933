import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

describe.each(databaseKinds)('order on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it.each([{ tenantId: 'acme' }, { userId: 'ada' }])(
    'lets a scan that goes on while others insert miss nothing: %j',
    (scope) =>
      withStore(database, { dimensions: 2 }, async (first, schema) => {
        const second = await PostgresBackend.open({ ...database.target, schema })
        const writers = [first, second, first, second].map(async (backend, writer) => {
          for (let batch = 0; batch < 15; batch++) {
            const tenantId = 'userId' in scope ? `tenant${(writer + batch) % 3}` : 'acme'
            await backend.insertNodes(
              Array.from({ length: 1 + ((writer + batch) % 4) }, (_, index) => ({
                ...{ id: `${writer}-${batch}-${index}`, humanContent: '', assistantContent: '' },
                ...{ tenantId, userId: 'ada' },
              })),
            )
          }
        })
        let done = false
        const written = Promise.all(writers).then(() => {
          done = true
        })
        const seen: string[] = []
        let after: string | undefined
        for (let last = false; !last; ) {
          last = done
          const from = after === undefined ? {} : { after }
          for await (const { nodes, cursor } of first.scanNodes(scope, { batchSize: 3, ...from })) {
            seen.push(...nodes.map(({ id }) => id))
            after = cursor
          }
        }
        await written
        const all = (await first.getNodes(scope)).map(({ id }) => id)
        expect(all).toHaveLength(150)
        expect(seen).toEqual(all)
        await second.close()
      }),
  )

  it('keeps the order of a batch, over owners and statements', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      const ids = Array.from({ length: 4500 }, (_, index) => `n${index}`)
      const nodes = ids.map((id, index) => ({
        ...{ id, humanContent: '', assistantContent: '', userId: 'ada' },
        tenantId: `t${index % 2}`,
      }))
      expect(await backend.insertNodes(nodes)).toEqual({ inserted: 4500, replaced: 0, ignored: 0 })
      expect((await backend.getNodes({ userId: 'ada' })).map(({ id }) => id)).toEqual(ids)
    }))

  it('writes nothing of a batch whose last statement fails', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      const scope = { tenantId: 't' }
      const node = (id: string) => ({ id, humanContent: '', assistantContent: '', ...scope })
      await backend.insertNode(node('n4400'))
      const batch = Array.from({ length: 4500 }, (_, index) => node(`n${index}`))
      await expect(backend.insertNodes(batch)).rejects.toMatchObject({
        code: 'DUPLICATE_ID',
        message: expect.stringContaining('n4400'),
      })
      expect(await backend.countNodes(scope)).toBe(1)
      expect(await backend.insertNodes(batch, { onConflict: 'ignore' })).toEqual({
        ...{ inserted: 4499, replaced: 0, ignored: 1 },
      })
      expect((await backend.getNodes(scope, { limit: 1 }))[0]?.id).toBe('n4400')
    }))
})
