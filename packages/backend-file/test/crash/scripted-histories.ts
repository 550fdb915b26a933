import { writeFully } from '../../src/disk/pieces.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { npyBytes, rawEpisode, rawNode } from '../support/small-store.js'
import { dataDir } from './simulated-store.js'
import type { Prepare } from './state-book.js'
import type { History } from './store-history.js'
import {
  access,
  acme,
  ann,
  bob,
  cluster,
  episode,
  insert,
  insertEpisodes,
  nameModel,
  node,
  remove,
  removeEpisodes,
  removeScope,
  update,
} from './tiny-writes.js'

/** A history and what it begins with. */
export interface StoreHistory extends History {
  readonly prepare: Prepare
  readonly smallJournal?: number
  readonly smallTexts?: number
}

export const emptyDirectory: Prepare = async () => {}

/**
 * A directory of the Python system: clusters, nodes without an owner, an old episode whose owner follows from its nodes,
 * one whose nodes disagree.
 */
export const pythonDirectory: Prepare = async (disk) => {
  const nodes = [
    rawNode('a', { user_id: 'ann', cluster_id: 7 }),
    rawNode('lost'),
    rawNode('b', { user_id: 'bob', extra_key: [1.0, 1e-7] }),
    rawNode('c', { user_id: 'ann', access_count: 3 }),
  ]
  const episodes = [rawEpisode('of ann', ['a', 'c']), rawEpisode('of nobody', ['a', 'b'])]
  for (const name of ['corpus', 'vectors', 'indexes']) await disk.mkdir(`${dataDir}/${name}`)
  await putFile(disk, 'corpus/nodes.json', JSON.stringify(nodes, null, 2))
  await putFile(
    disk,
    'vectors/nodes.npy',
    npyBytes([
      [1, 2],
      [3, 4],
      [5, 6],
      [0, 0],
    ]),
  )
  await putFile(disk, 'indexes/clusters.json', JSON.stringify({ 4: [0, 2], '-1': [1] }, null, 2))
  await putFile(disk, 'corpus/episodes.json', JSON.stringify(episodes, null, 2))
  await putFile(
    disk,
    'vectors/episodes.npy',
    npyBytes([
      [7, 8],
      [0, 0],
    ]),
  )
}

/** Writes a file into the data directory. */
export async function putFile(
  disk: SimulatedDisk,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const file = await disk.open(`${dataDir}/${path}`, 'create')
  await writeFully(file, typeof content === 'string' ? Buffer.from(content) : content, 0)
  await file.close()
}

/** Together they have every write, compaction alone, beside writes and by itself, and each way to end. */
export const scriptedHistories: readonly [StoreHistory, StoreHistory, StoreHistory] = [
  {
    name: 'from nothing',
    prepare: emptyDirectory,
    steps: [
      { together: [insert([node('a', ann, { embedding: [1, 2], clusterId: 4 }), node('b', bob)])] },
      { together: [nameModel] },
      {
        together: [
          insert([node('a', ann)]),
          insert([node('c', acme, { embedding: [3, 4] })]),
          insertEpisodes([episode('e', ann, { embedding: [5, 6] })]),
          update(ann, 'a', { humanContent: 'other', embedding: [9, 9] }),
        ],
      },
      'reopen',
      { together: [insert([node('a', ann, { embedding: [0, 1] }), node('d', ann)], 'ignore')] },
      { together: ['compact'] },
      { together: [access(ann, 'a', 'd'), cluster(ann, [{ id: 'd', clusterId: 2, label: 'x' }])] },
      { together: [insert([node('e', acme)]), 'compact', insert([node('f', acme, { embedding: [1, 1] })])] },
      'abandon',
      { together: [remove(ann, 'a'), insert([node('a', ann, { embedding: [2, 2] })], 'replace')] },
      { together: [removeScope(bob)] },
    ],
  },
  {
    name: 'from a Python directory',
    prepare: pythonDirectory,
    steps: [
      { together: [cluster(ann, [{ id: 'a', clusterId: 1, confidence: 0.5 }])] },
      { together: [insert([node('a', bob, { embedding: [1, 0] })])] },
      {
        together: [
          'compact',
          access(ann, 'a', 'c'),
          update(ann, 'c', { metadata: { n: 1 }, embedding: [1, 1] }),
        ],
      },
      'abandon',
      { together: [remove(ann, 'c'), removeEpisodes(ann, 'of ann')] },
      {
        together: [
          insertEpisodes([episode('of ann', ann), episode('e', acme, { embedding: [2, 1] })]),
          insertEpisodes([episode('e', acme, { title: 'again', embedding: [1, 2] })], 'replace'),
          update(bob, 'b', { embedding: null, clusterId: null }),
        ],
      },
      'reopen',
      { together: [removeScope(ann), insert([node('c', ann)])] },
    ],
  },
  {
    name: 'compacted by itself',
    prepare: emptyDirectory,
    smallJournal: 1,
    smallTexts: 0,
    steps: [
      { together: [insert([node('a', ann, { embedding: [1, 2] })])] },
      { together: [insert([node('b', ann)]), access(ann, 'a')] },
      { together: [remove(ann, 'b'), update(ann, 'a', { humanContent: 'x'.repeat(900) }), access(ann, 'a')] },
      'abandon',
      {
        together: [
          insert([node('c', acme, { embedding: [2, 2] })]),
          cluster(ann, [{ id: 'a', clusterId: 0 }]),
        ],
      },
      { together: [insert([node('d', acme)]), insert([node('e', acme)], 'ignore'), remove(acme, 'd')] },
    ],
  },
]
