import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark } from '../benchmark.js'
import type { Finding } from '../finding.js'
import { LargeStore } from './large-store.js'
import { measureCrowd } from './measure-crowd.js'
import { measureEventLoop } from './measure-event-loop.js'
import { measureKeyword } from './measure-keyword.js'
import { measureLargeTenant } from './measure-large-tenant.js'
import { measureMemory } from './measure-memory.js'
import { measureOpen } from './measure-open.js'
import { Queries } from './queries.js'
import { SampleRows } from './sample-rows.js'
import { type FileSearchSizes, fileSearchSizes } from './sizes.js'
import { writePythonStore } from './write-python-store.js'

const seed = 20_240_501
/** A node's text as JSON, with much to spare. */
const textBytes = 2000
/** NumPy's two ways, one of them after a rest too, and those of the peers. */
const compared = 8
/** For peers and what they write. */
const peerBytes = 2 ** 30

/** What a search of the file backend costs. */
export const fileSearch: Benchmark<keyof typeof fileSearchSizes> = {
  name: 'file-search',
  description:
    'searches of the file backend: time, memory and opening, beside NumPy and other stores of vectors',
  sizes: fileSearchSizes,
  switches: { 'without-peers': 'installs nothing to compare with' },
  async run(sizes, { folder, switches, say }) {
    await expectRoom(folder, sizes)
    const { rows, small, tenants, fewer, dimensions } = sizes
    const sample = new SampleRows(dimensions, seed)
    const queries = await Queries.write(sample, queriesIn(sizes), join(folder, 'queries.npy'))
    say(`build stores of ${rows} and ${fewer} nodes of one tenant (seed ${seed})`)
    const large = await LargeStore.write(sample, rows, join(folder, 'large'))
    const few = await LargeStore.write(sample, fewer, join(folder, 'fewer'))

    const findings: Finding[] = []
    const withoutPeers = switches.has('without-peers') ? '--without-peers was given' : undefined
    findings.push(
      ...(await measureLargeTenant({
        large,
        fewer: few,
        queries,
        count: 2 * sizes.queries,
        folder,
        withoutPeers,
        say,
      })),
    )

    say(`build a store of ${small * tenants} nodes of ${tenants} tenants`)
    const tenantId = tenantOf(0, tenants)
    const crowded = join(folder, 'crowded')
    const alone = join(folder, 'alone')
    await writePythonStore(sample, {
      dataDir: crowded,
      count: small * tenants,
      tenantOf: (row) => tenantOf(row, tenants),
    })
    const ofFirst = { count: small, rowAt: (place: number) => place * tenants, tenantOf: () => tenantId }
    await writePythonStore(sample, { dataDir: alone, ...ofFirst })
    say(`search a tenant of ${small} among ${small * tenants} nodes`)
    findings.push(...(await measureCrowd(crowded, alone, tenantId, queries, sizes)))
    await rm(crowded, { recursive: true })

    const groups = Math.max(1, Math.round(rows / small))
    const mixed = { dataDir: join(folder, 'mixed'), tenantId: tenantOf(0, groups) }
    say(`build a store of ${rows} nodes of ${groups} tenants`)
    await writePythonStore(sample, {
      dataDir: mixed.dataDir,
      count: rows,
      tenantOf: (row) => tenantOf(row, groups),
    })
    say('open in fresh processes')
    const opening = await measureOpen(mixed, large.dataDir, queries, sizes)
    say('look at the memory of fresh processes')
    findings.push(...(await measureMemory(mixed, large.dataDir, queries, sizes)), ...opening)

    say('watch the event loop')
    findings.push(...(await measureEventLoop(large.dataDir, queries, sizes)))
    say('search by words')
    findings.push(...(await measureKeyword(large.dataDir, sample, sizes)))
    return findings
  },
}

/** Enough for each way to search that is compared with, and for a process that watches the event loop. */
function queriesIn({ queries, searches, rounds }: FileSearchSizes): number {
  return Math.max(compared * 2 * queries, searches * (rounds + 1))
}

/** Rows of a tenant lie as far from each other as they can. */
function tenantOf(row: number, tenants: number): string {
  return `tenant-${row % tenants}`
}

/** @throws {Error} when the disk is too full, before minutes are spent. */
async function expectRoom(
  folder: string,
  { rows, small, tenants, fewer, dimensions }: FileSearchSizes,
): Promise<void> {
  const nodes = 2 * rows + fewer + small * tenants + small
  // As much again in int8, and as many texts' words, for what the stores keep.
  const needed = nodes * (5 * dimensions + 2 * textBytes) + peerBytes
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= needed) return
  const [wanted, free] = [needed, bavail * bsize].map((bytes) => (bytes / 1e9).toFixed(1))
  throw new Error(
    `the stores need ${wanted} GB and ${folder} has ${free} GB free: name another place with --in, or fewer --tenants`,
  )
}
