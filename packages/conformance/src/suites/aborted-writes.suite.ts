import { setImmediate } from 'node:timers/promises'
import type { CallOptions, MemoryBackend } from '@holdfast/core'
import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain } from '../drain.js'
import { axis, sampleEpisode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

const size = 40
const ids = Array.from({ length: size }, (_, index) => `n${index}`)

/** A tenant of its own for each round, so that one store is enough. */
interface Tenant {
  readonly tenantId: string
}

interface Write {
  readonly name: string
  /** Needed for it. */
  readonly capability?: 'update' | 'delete'
  /** Of a tenant that has nodes and episodes; an insert is of one that has none. */
  run(backend: MemoryBackend, tenant: Tenant, options: CallOptions): Promise<unknown>
  /** How much of it is there. */
  done(backend: MemoryBackend, tenant: Tenant): Promise<number>
  readonly whole: number
}

/** Turns of promises, then of the event loop, where a backend that waits for a disk or a socket is caught. */
const moments = [
  ...[0, 2, 5, 12, 30, 60].map((turns) => ({ turns, loops: 0 })),
  ...[1, 2, 4, 8].map((loops) => ({ turns: 0, loops })),
]

/** An aborted write is whole or undone, whatever it writes: part of the suite of signals. */
export function abortedWrites(harness: BackendHarness): void {
  for (const { name, capability, run, done, whole } of writes) {
    if (capability !== undefined && !harness.capabilities[capability]) continue
    it(`leaves ${name} whole or undone when it is aborted on its way`, () =>
      withBackend(harness, async (backend) => {
        for (const [round, { turns, loops }] of moments.entries()) {
          const tenant = { tenantId: `t${round}` }
          if (!name.startsWith('an insert')) await fill(backend, tenant)
          const controller = new AbortController()
          const running = run(backend, tenant, { signal: controller.signal }).then(
            () => true,
            () => false,
          )
          for (let turn = 0; turn < turns; turn++) await Promise.resolve()
          for (let loop = 0; loop < loops; loop++) await setImmediate()
          controller.abort()
          const wasDone = await running
          const what = `after ${turns} turns and ${loops} loops, ${wasDone ? 'resolved' : 'rejected'}`
          expect(wasDone ? [whole] : [0, whole], what).toContain(await done(backend, tenant))
        }
        // The control: it does something when it is left alone.
        const tenant = { tenantId: 'left alone' }
        if (!name.startsWith('an insert')) await fill(backend, tenant)
        expect(await done(backend, tenant)).toBe(0)
        await run(backend, tenant, {})
        expect(await done(backend, tenant)).toBe(whole)
      }))
  }
}

const writes: readonly Write[] = [
  {
    name: 'an insert of nodes',
    run: (b, tenant, o) => b.insertNodes(sampleNodes(size, 'n', { ...tenant, embedding: axis(1) }), o),
    done: (b, tenant) => b.countNodes(tenant),
    whole: size,
  },
  {
    name: 'an insert of episodes',
    run: (b, tenant, o) => b.insertEpisodes(episodesOf(tenant), o),
    done: (b, tenant) => b.countEpisodes(tenant),
    whole: size,
  },
  {
    name: 'an import',
    async run(b, tenant, options) {
      const batches = await drain(b.admin.exportAll({ scope: tenant }))
      const records = batches
        .flatMap((batch) => (batch.kind === 'nodes' ? batch.records : []))
        .map((record) => ({ ...record, clusterId: 9 }))
      return b.admin.importBatch({ kind: 'nodes', records }, { ...options, onConflict: 'replace' })
    },
    done: (b, tenant) => b.countNodes(tenant, { filter: { clusterId: 9 } }),
    whole: size,
  },
  {
    name: 'a deletion of a scope',
    capability: 'delete',
    run: (b, tenant, o) => b.deleteScope(tenant, o),
    done: async (b, tenant) => 2 * size - (await b.countNodes(tenant)) - (await b.countEpisodes(tenant)),
    whole: 2 * size,
  },
  {
    name: 'a deletion of nodes',
    capability: 'delete',
    run: (b, tenant, o) => b.deleteNodes(tenant, ids, o),
    done: async (b, tenant) => size - (await b.countNodes(tenant)),
    whole: size,
  },
  {
    name: 'a count of accesses',
    capability: 'update',
    run: (b, tenant, o) => b.recordAccess(tenant, ids, o),
    done: async (b, tenant) =>
      (await b.getNodes(tenant)).filter(({ accessCount }) => accessCount === 1).length,
    whole: size,
  },
  {
    name: 'an assignment to clusters',
    capability: 'update',
    run: (b, tenant, o) =>
      b.assignClusters(
        tenant,
        ids.map((id) => ({ id, clusterId: 3 })),
        o,
      ),
    done: (b, tenant) => b.countNodes(tenant, { filter: { clusterId: 3 } }),
    whole: size,
  },
]

function episodesOf(tenant: Tenant) {
  return ids.map((id) => sampleEpisode(id, { ...tenant, embedding: axis(2) }))
}

async function fill(backend: MemoryBackend, tenant: Tenant): Promise<void> {
  await backend.insertNodes(sampleNodes(size, 'n', { ...tenant, embedding: axis(0) }))
  await backend.insertEpisodes(episodesOf(tenant))
}
