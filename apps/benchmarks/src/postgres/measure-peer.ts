import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { SampleRows } from '../file-search/sample-rows.js'
import { type Finding, leftOut } from '../finding.js'
import { installPackages } from '../install-packages.js'
import { OtherProgramError } from '../other-program-error.js'
import { timed } from '../timed.js'
import type { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { compareInTurn, notCompared } from './compare-in-turn.js'
import { tenantOf } from './measure-search.js'
import type { OpenedPeer, Peer } from './peers/peer.js'
import { nodeOf, nodesOf } from './sample-nodes.js'
import type { SampleQueries } from './sample-queries.js'
import { backendSearch, timedSearcher } from './searchers.js'
import { type PostgresSizes, topK } from './sizes.js'

/** What every peer is compared with, and over. */
export interface PeerSurroundings {
  readonly server: BenchServer
  /** Holds the rows that the peer is filled with. */
  readonly store: BenchStore
  readonly sample: SampleRows
  readonly queries: SampleQueries
  readonly sizes: PostgresSizes
  readonly folder: string
  readonly withoutPeers: string | undefined
}

/** One peer on the same server with the same rows: batches in turn, then searches in turn. */
export async function measurePeer(peer: Peer, surroundings: PeerSurroundings): Promise<readonly Finding[]> {
  const { server, store, sample, queries, sizes, folder, withoutPeers } = surroundings
  const { rows, small } = sizes
  const compared = {
    what: `top ${topK} of a tenant of ${small} among ${rows}`,
    label: peer.label,
    target: { bound: 'at most', value: 1 },
  } as const
  try {
    if (withoutPeers !== undefined) throw new OtherProgramError(withoutPeers)
    const load = createRequire(join(await installPackages(peer, folder), 'package.json'))
    const openIn = async (purpose: string) => {
      const schema = server.schema(purpose)
      await server.bare.query(`CREATE SCHEMA ${schema}`)
      return open(peer, load, { url: server.url, schema, dimensions: sizes.dimensions })
    }
    await using other = await openIn(`${peer.name}_batches`)
    const inserting = await insertInTurn(peer, other, surroundings)
    await using opened = await openIn(peer.name)
    for (let first = 0; first < rows; first += sizes.batch) {
      await opened.insert(
        Array.from({ length: Math.min(sizes.batch, rows - first) }, (_, index) =>
          nodeOf(sample, first + index, tenantOf(first + index, sizes)),
        ),
      )
    }
    await server.settle()
    const tenantId = tenantOf(0, sizes)
    const searching = await compareInTurn(
      compared,
      timedSearcher(sample, backendSearch(store.backend, tenantId)),
      timedSearcher(sample, (query) => opened.search(query, tenantId, topK)),
      queries.take(2 * sizes.queries),
    )
    return [...searching, ...inserting]
  } catch (error) {
    if (!(error instanceof OtherProgramError)) throw error
    return leftOut([...notCompared(compared), ...insertFindings(peer, sizes, [], [])], error.message)
  }
}

/** A peer that this machine or this version of Node cannot load is left out, and says why. */
async function open(
  peer: Peer,
  load: NodeJS.Require,
  place: Parameters<Peer['open']>[1],
): Promise<OpenedPeer> {
  try {
    return await peer.open(load, place)
  } catch (error) {
    throw new OtherProgramError(error instanceof Error ? error.message : String(error))
  }
}

/** Batches of one tenant, into an empty store of the peer and an empty one of ours. */
async function insertInTurn(
  peer: Peer,
  opened: OpenedPeer,
  { server, sample, sizes }: PeerSurroundings,
): Promise<readonly Finding[]> {
  const { batch, dimensions, repetitions } = sizes
  await using beside = await BenchStore.make(server, 'beside', { dimensions })
  const times: [number[], number[]] = [[], []]
  // The first repetition only warms up.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const nodes = nodesOf(sample, repetition * batch, batch, 'tenant')
    const turns = [
      async () => times[0].push(await timed(() => beside.backend.insertNodes(nodes))),
      async () => times[1].push(await timed(() => opened.insert(nodes))),
    ]
    for (const turn of repetition % 2 === 0 ? turns : turns.reverse()) await turn()
    if (repetition === 0) for (const each of times) each.length = 0
  }
  return insertFindings(peer, sizes, ...times)
}

function insertFindings(
  { label }: Peer,
  { batch }: PostgresSizes,
  ours: readonly number[],
  theirs: readonly number[],
): readonly Finding[] {
  const name = `rows/s in batches of ${batch}, relative to ${label}`
  const rates = (times: readonly number[]) => times.map((time) => (1000 * batch) / time)
  return [
    {
      name,
      unit: '',
      target: { bound: 'at least', value: 1 },
      samples: theirs.map((time, index) => time / (ours[index] ?? Number.NaN)),
    },
    { name: `${name}: ours`, unit: 'rows/s', samples: rates(ours) },
    { name: `${name}: theirs`, unit: 'rows/s', samples: rates(theirs) },
  ]
}
