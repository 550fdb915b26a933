import { type ExportedRecord, formatNode, parseMemoryNode } from '@holdfast/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asApplication } from './support/application-role.js'
import { randomNumbers } from './support/random-numbers.js'
import { scopeStrings } from './support/scope-strings.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const count = 10_000
const seed = Number(process.env.HOLDFAST_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32))

describe.each(databaseKinds)('scopes of any text on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    console.log(`scope strings: seed ${seed} (HOLDFAST_TEST_SEED repeats it)`)
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const owners = scopeStrings(count, seed)
  const node = { humanContent: 'q', assistantContent: 'a' }

  it('are as different as they should be', () => {
    expect(new Set(owners).size).toBe(count)
    expect(owners.some((owner) => Buffer.byteLength(owner) === 1024)).toBe(true)
    for (const piece of ["'", '"', '%', '_', '\\', '😀']) {
      expect(owners.filter((owner) => owner.includes(piece)).length).toBeGreaterThan(100)
    }
    const folded = new Set(owners.map((owner) => owner.trim().normalize('NFC').toLowerCase()))
    expect(folded.size).toBeLessThan(count - 500)
  })

  it('see exactly their own row', { timeout: 300_000 }, () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      // Every owner is a tenant and, in another row, a user: two scopes that must not meet.
      for (let start = 0; start < count; start += 2000) {
        const part = owners.slice(start, start + 2000)
        const records = part.flatMap((owner, index) => [
          { ...node, id: `t${start + index}`, tenantId: owner },
          { ...node, id: `u${start + index}`, userId: owner },
        ])
        await backend.admin.importBatch({ kind: 'nodes', records: records.map(exported) })
      }
      // All of them through the policies alone: no statement has a condition.
      await asApplication(database.pool, schema, {}, async (client) => {
        await client.query('CREATE TEMP TABLE wrong (owner text, seen text)')
        const all = JSON.stringify(owners).replaceAll('$', '\\u0024')
        await client.query(`DO $check$
          DECLARE owner text; place bigint; seen text;
          BEGIN
            FOR owner, place IN SELECT * FROM jsonb_array_elements_text($all$${all}$all$) WITH ORDINALITY LOOP
              PERFORM set_config('holdfast.owner_key', 't:' || owner, true), set_config('holdfast.user_id', '', true);
              SELECT string_agg(id, ' ') INTO seen FROM node;
              IF seen IS DISTINCT FROM 't' || place - 1 THEN INSERT INTO wrong VALUES ('t:' || owner, seen); END IF;
              PERFORM set_config('holdfast.owner_key', '', true), set_config('holdfast.user_id', owner, true);
              SELECT string_agg(id, ' ') INTO seen FROM node;
              IF seen IS DISTINCT FROM 'u' || place - 1 THEN INSERT INTO wrong VALUES ('u:' || owner, seen); END IF;
            END LOOP;
          END $check$`)
        expect((await client.query('TABLE wrong LIMIT 5')).rows).toEqual([])
        // A control: the loop does find what is wrong.
        await client.query(
          `SELECT set_config('holdfast.owner_key', 't:nobody', true), set_config('holdfast.user_id', '', true)`,
        )
        expect((await client.query('SELECT * FROM node')).rowCount).toBe(0)
      })
      // And through the interface, where each call is a transaction of its own.
      for (const [index, owner] of owners.entries()) {
        if (index % 20 !== 0) continue
        const ids = async (scope: object) => (await backend.getNodes(scope)).map(({ id }) => id)
        expect(await ids({ tenantId: owner }), JSON.stringify(owner)).toEqual([`t${index}`])
        expect(await ids({ userId: owner }), JSON.stringify(owner)).toEqual([`u${index}`])
        expect(await backend.getNode({ tenantId: owner }, `t${(index + 1) % count}`)).toBeUndefined()
      }
      expect(await backend.admin.listScopes()).toHaveLength(2 * count)
    }),
  )

  it('take no text that PostgreSQL cannot hold, and see nothing with it', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      await backend.insertNode({ ...node, id: 'a', tenantId: 'acme', userId: 'ada' })
      const random = randomNumbers(seed)
      const within = owners.slice(0, 1000).map((owner) => {
        const letters = [...owner]
        letters.splice(Math.floor(random() * (letters.length + 1)), 0, '\0')
        return letters.join('')
      })
      // Each is one that is taken as soon as somebody leaves the NUL out, or ends the text there.
      await backend.insertNodes(
        owners.slice(0, 1000).map((owner, index) => ({ ...node, id: `t${index}`, tenantId: owner })),
      )
      const others = ['acme\0', '\0acme', 'ac\0me', '\0', 'acme\ud800', '\udc00acme', 'x'.repeat(1025)]
      for (const text of [...others, ...within]) {
        for (const key of ['tenantId', 'userId']) {
          const scope = { [key]: text }
          expect(await backend.getNodes(scope), JSON.stringify(scope)).toEqual([])
          expect(await backend.deleteScope(scope)).toBe(0)
          await expect(backend.insertNode({ ...node, id: 'b', ...scope })).rejects.toMatchObject({
            code: 'INVALID_NODE',
          })
        }
      }
      expect(await backend.countNodes({ tenantId: 'acme' })).toBe(1)
      expect(await backend.admin.stats()).toMatchObject({ nodes: 1001 })
    }))
})

/** A record as an export has it. */
function exported(fields: Parameters<typeof parseMemoryNode>[0]): ExportedRecord {
  const record = parseMemoryNode(fields)
  const { id, tenantId, userId } = record
  return { id, owner: { tenantId, userId }, text: formatNode(record), embedding: undefined, clusterId: null }
}
