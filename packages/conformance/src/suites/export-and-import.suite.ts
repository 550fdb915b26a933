import type {
  ExportBatch,
  ExportedRecord,
  ImportedBatch,
  InsertOptions,
  InsertResult,
  MemoryBackend,
} from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain, drainRecords } from '../drain.js'
import { expectCode, expectMistake } from '../expect-rejection.js'
import { foreignEpisode, foreignTexts } from '../foreign-texts.js'
import { insertMovingSample } from '../moving-sample.js'
import { acme, axis, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { bitsOf } from '../vector-bits.js'
import { withBackend } from '../with-backend.js'

/** A store moves from one backend to another without losing a bit, in steps that can be repeated. */
export function exportAndImportSuite(harness: BackendHarness): void {
  describe('export and import', () => {
    it('makes a second backend that is equal to the first', () =>
      withBackend(harness, (first) =>
        withBackend(harness, async (second) => {
          await insertMovingSample(first)
          for (const batch of await drain(first.admin.exportAll({ batchSize: 2 }))) {
            const result = await second.admin.importBatch(batch)
            expect(result).toEqual({ inserted: batch.records.length, replaced: 0, ignored: 0 })
          }
          expect(await second.admin.fingerprint()).toEqual(await first.admin.fingerprint())
          expect(await contentOf(second)).toEqual(await contentOf(first))
          expect(await second.admin.listScopes()).toEqual(await first.admin.listScopes())
          expect(await second.getNodes(acme)).toEqual(await first.getNodes(acme))
          expect(await second.getEpisodes(acme)).toEqual(await first.getEpisodes(acme))
          expect((await first.admin.fingerprint()).nodes).toBe(5)
        }),
      ))

    it('takes a whole export at once, and can be repeated with ignore and with replace', () =>
      withBackend(harness, (first) =>
        withBackend(harness, async (second) => {
          await insertMovingSample(first)
          const importAll = async (options?: InsertOptions) => {
            const results = await drain(
              second.admin.importAll(first.admin.exportAll({ batchSize: 2 }), options),
            )
            return sumOf(results)
          }
          const { nodes, episodes } = await first.admin.fingerprint()
          const all = nodes + episodes
          expect(await importAll()).toEqual({ inserted: all, replaced: 0, ignored: 0 })
          expect(await second.admin.fingerprint()).toEqual(await first.admin.fingerprint())
          expect(await contentOf(second)).toEqual(await contentOf(first))
          await expectCode('DUPLICATE_ID', () => importAll())
          expect(await importAll({ onConflict: 'ignore' })).toEqual({
            inserted: 0,
            replaced: 0,
            ignored: all,
          })
          expect(await importAll({ onConflict: 'replace' })).toEqual({
            inserted: 0,
            replaced: all,
            ignored: 0,
          })
          expect(await contentOf(second)).toEqual(await contentOf(first))
        }),
      ))

    const refusals = {
      'a record of nobody': 'SCOPE_MISMATCH',
      'an id that is there already': 'DUPLICATE_ID',
    } as const
    it.each(Object.keys(refusals) as (keyof typeof refusals)[])(
      'has stored what it told of, and nothing else, when a batch has %s',
      (what) =>
        withBackend(harness, async (backend) => {
          const good = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => newRecord(harness, id)))
          const batches = good.map((record): ImportedBatch => ({ kind: 'nodes', records: [record] }))
          const records = good.map((record) => ({ ...record, owner: undefined })).slice(4)
          const code = refusals[what]
          const bad = code === 'SCOPE_MISMATCH' ? ({ kind: 'nodes', records } as const) : batches[1]
          if (bad === undefined) throw new TypeError('nothing was exported')
          const results: InsertResult[] = []
          await expectCode(code, async () => {
            const importing = backend.admin.importAll([...batches.slice(0, 4), bad, ...batches.slice(4)])
            for await (const result of importing) results.push(result)
          })
          const { inserted } = sumOf(results)
          expect(inserted).toBeGreaterThan(0)
          expect(await drainRecords(backend.admin.exportAll())).toEqual(good.slice(0, inserted))
        }),
    )

    it('can be repeated with ignore, and says that a record is there already', () =>
      withBackend(harness, (first) =>
        withBackend(harness, async (second) => {
          await insertMovingSample(first)
          const batches = await drain(first.admin.exportAll({ batchSize: 3 }))
          for (const batch of batches.slice(0, 2)) await second.admin.importBatch(batch)
          const [again] = batches
          if (again) await expectCode('DUPLICATE_ID', () => second.admin.importBatch(again))
          const results = []
          for (const batch of batches)
            results.push(await second.admin.importBatch(batch, { onConflict: 'ignore' }))
          expect(results[0]).toEqual({ inserted: 0, replaced: 0, ignored: 3 })
          expect(results.at(-1)).toEqual({
            inserted: batches.at(-1)?.records.length,
            replaced: 0,
            ignored: 0,
          })
          expect(await second.admin.fingerprint()).toEqual(await first.admin.fingerprint())
          for (const batch of batches) await second.admin.importBatch(batch, { onConflict: 'replace' })
          expect(await second.admin.fingerprint()).toEqual(await first.admin.fingerprint())
        }),
      ))

    it('keeps every text byte for byte, however it is written', () =>
      withBackend(harness, async (backend) => {
        const records = foreignTexts.map(
          ({ id, text, userId }, index): ExportedRecord => ({
            id,
            owner: { tenantId: 'acme', userId },
            text,
            embedding: index % 2 === 0 ? axis(index % 8) : undefined,
            clusterId: null,
          }),
        )
        await backend.admin.importBatch({ kind: 'nodes', records })
        expect(await drainRecords(backend.admin.exportAll())).toEqual(records)
        expect(await backend.countNodes(acme)).toBe(records.length)
        const second = records.map((record) => ({ ...record, embedding: axis(1) }))
        await backend.admin.importBatch({ kind: 'nodes', records: second }, { onConflict: 'replace' })
        expect(await drainRecords(backend.admin.exportAll())).toEqual(second)
      }))

    it('keeps the cluster that stands beside the text, and the text as it is', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('n', { clusterId: 1, embedding: axis(0) }))
        const [exported] = await drainRecords(backend.admin.exportAll())
        if (exported === undefined) throw new TypeError('nothing was exported')
        for (const clusterId of [5, -1, null]) {
          const records = [{ ...exported, clusterId }]
          await backend.admin.importBatch({ kind: 'nodes', records }, { onConflict: 'replace' })
          expect(await drainRecords(backend.admin.exportAll())).toEqual(records)
          expect((await backend.getNode(acme, 'n'))?.clusterId).toBe(clusterId)
          expect(await backend.countNodes(acme, { filter: { clusterId: 1 } })).toBe(0)
          expect([...(await backend.getClusterInfo(acme)).keys()]).toEqual(
            clusterId === null ? [] : [clusterId],
          )
        }
      }))

    it('takes an episode whose text names no owner, with the one beside it', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([sampleNode('n1', { userId: 'kim' }), sampleNode('n2', { userId: 'kim' })])
        const owner = { tenantId: 'acme', userId: 'kim' }
        const record = { ...foreignEpisode, owner, embedding: axis(0), clusterId: null }
        await backend.admin.importBatch({ kind: 'episodes', records: [record] })
        expect(await backend.getEpisode(acme, record.id)).toMatchObject(owner)
        expect(await backend.countEpisodes({ userId: 'kim' })).toBe(1)
        expect(await backend.searchEpisodes(axis(0), acme)).toMatchObject([{ episode: owner, score: 1 }])
        const [exported] = await drainRecords(
          backend.admin.exportAll({ after: await lastNodeCursor(backend) }),
        )
        expect(exported?.text).toBe(record.text)
      }))

    it('imports all of a batch or nothing', () =>
      withBackend(harness, async (backend) => {
        await insertMovingSample(backend)
        const before = await backend.admin.fingerprint()
        const good = await newRecord(harness, 'good')
        const bad = await newRecord(harness, 'bad')
        const otherOwner = { tenantId: 'other', userId: null }
        const cases = [
          ['DUPLICATE_ID', [good, ...(await drainRecords(backend.admin.exportAll())).slice(0, 1)]],
          ['DUPLICATE_ID', [good, good]],
          ['DIMENSION_MISMATCH', [good, { ...bad, embedding: axis(0, 9) }]],
          ['INVALID_EMBEDDING', [good, { ...bad, embedding: Float32Array.of(Number.NaN) }]],
          ['SCOPE_MISMATCH', [good, { ...bad, owner: otherOwner }]],
          ['INVALID_NODE', [good, { ...bad, id: 'another' }]],
          ['INVALID_NODE', [good, { ...bad, text: '{}' }]],
          ['CORRUPT', [good, { ...bad, text: bad.text.slice(0, -1) }]],
        ] as const
        for (const [code, records] of cases) {
          await expectCode(code, () => backend.admin.importBatch({ kind: 'nodes', records }), code)
        }
        const unowned = { ...bad, owner: undefined, text: bad.text.replaceAll('"acme"', 'null') }
        const records = [good, unowned]
        await expectCode('SCOPE_REQUIRED', () => backend.admin.importBatch({ kind: 'nodes', records }))
        await expectMistake(TypeError, () =>
          backend.admin.importBatch(untyped({ kind: 'both', records: [good] })),
        )
        expect(await backend.admin.fingerprint()).toEqual(before)
        await backend.admin.importBatch({ kind: 'nodes', records: [good, bad] })
        expect(await backend.admin.fingerprint()).toMatchObject({ nodes: before.nodes + 2 })
      }))
  })
}

function sumOf(results: readonly InsertResult[]): InsertResult {
  return results.reduce((sum, { inserted, replaced, ignored }) => ({
    inserted: sum.inserted + inserted,
    replaced: sum.replaced + replaced,
    ignored: sum.ignored + ignored,
  }))
}

async function contentOf(backend: MemoryBackend) {
  const records = await drainRecords(backend.admin.exportAll())
  return records.map(({ embedding, ...rest }) => ({ ...rest, bits: embedding && bitsOf(embedding) }))
}

async function newRecord(harness: BackendHarness, id: string): Promise<ExportedRecord> {
  let record: ExportedRecord | undefined
  await withBackend(harness, async (backend) => {
    await backend.insertNode(sampleNode(id, { embedding: axis(0) }))
    record = (await drainRecords(backend.admin.exportAll()))[0]
  })
  if (record === undefined) throw new TypeError('nothing was exported')
  return record
}

async function lastNodeCursor(backend: MemoryBackend): Promise<string> {
  const batches: readonly ExportBatch[] = await drain(backend.admin.exportAll({ batchSize: 1 }))
  return batches.findLast(({ kind }) => kind === 'nodes')?.cursor ?? ''
}
