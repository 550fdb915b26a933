import { formatNpyHeader } from '../../src/npy/npy-header.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { rawEpisode, rawNode } from '../support/small-store.js'

/** A directory as the Python system leaves it: with unowned records, clusters and episodes that name no owner. */
export async function oldDirectory(disk: SimulatedDisk): Promise<void> {
  const nodes = [
    rawNode('a', { tenant_id: 't', user_id: 'u', access_count: 3, unknown: 1e22 }),
    rawNode('nobody'),
    rawNode('b', { tenant_id: 't' }),
    rawNode('x', { user_id: 'u' }),
  ]
  const episodes = [rawEpisode('old', ['a', 'b']), rawEpisode('lost', ['nobody'])]
  await disk.mkdir('/data')
  for (const name of ['corpus', 'vectors', 'indexes']) await disk.mkdir(`/data/${name}`)
  const files: readonly (readonly [string, Uint8Array])[] = [
    ['corpus/nodes.json', Buffer.from(JSON.stringify(nodes, null, 2))],
    ['vectors/nodes.npy', matrix(nodes.length)],
    ['indexes/clusters.json', Buffer.from('{\n  "4": [\n    0,\n    3\n  ]\n}')],
    ['corpus/episodes.json', Buffer.from(JSON.stringify(episodes, null, 2))],
    ['vectors/episodes.npy', matrix(episodes.length)],
  ]
  for (const [path, bytes] of files) {
    const file = await disk.open(`/data/${path}`, 'create')
    await file.write(bytes, 0)
    await file.close()
  }
}

/** Rows of three values; the second holds zeros, which stand for no vector. */
function matrix(rows: number): Uint8Array {
  const values = Float32Array.from({ length: rows * 3 }, (_, index) =>
    index >= 3 && index < 6 ? 0 : index + 1,
  )
  return Buffer.concat([formatNpyHeader(rows, 3), new Uint8Array(values.buffer)])
}
