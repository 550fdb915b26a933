import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatNpyHeader } from '../../src/npy/npy-header.js'

/** A record of a file, by its Python names. */
export type RawRecord = Readonly<Record<string, unknown>>

export interface SmallStore {
  readonly nodes?: readonly RawRecord[]
  readonly vectors?: readonly (readonly number[])[]
  readonly clusters?: Readonly<Record<string, readonly number[]>>
  readonly episodes?: readonly RawRecord[]
  readonly episodeVectors?: readonly (readonly number[])[]
}

/** A node as an old file holds it. */
export function rawNode(id: string, fields: RawRecord = {}): RawRecord {
  const created_at = '2025-01-02T03:04:05.123456'
  return { id, human_content: `question ${id}`, assistant_content: 'answer', created_at, ...fields }
}

/** An episode as an old file holds it: without an owner. */
export function rawEpisode(
  id: string,
  memory_node_ids: readonly string[],
  fields: RawRecord = {},
): RawRecord {
  const created_at = '2025-01-02T03:04:05'
  return {
    id,
    title: id,
    messages: [{ role: 'human', content: 'hello' }],
    created_at,
    memory_node_ids,
    ...fields,
  }
}

/** The bytes of a `.npy` file. */
export function npyBytes(rows: readonly (readonly number[])[], columns = rows[0]?.length ?? 3): Buffer {
  const data = Float32Array.from(rows.flat())
  return Buffer.concat([formatNpyHeader(rows.length, columns), new Uint8Array(data.buffer)])
}

/** Writes a store into a directory as the Python system would. */
export async function writeSmallStore(root: string, store: SmallStore): Promise<void> {
  const { nodes = [], vectors = nodes.map((_, row) => [row + 1, 1, 0]), clusters, episodes } = store
  for (const name of ['corpus', 'vectors', 'indexes']) await mkdir(join(root, name), { recursive: true })
  await writeFile(join(root, 'corpus/nodes.json'), JSON.stringify(nodes, null, 2))
  await writeFile(join(root, 'vectors/nodes.npy'), npyBytes(vectors))
  if (clusters) await writeFile(join(root, 'indexes/clusters.json'), JSON.stringify(clusters, null, 2))
  if (episodes) {
    await writeFile(join(root, 'corpus/episodes.json'), JSON.stringify(episodes, null, 2))
    const rows = store.episodeVectors ?? episodes.map((_, row) => [1, row + 1, 1])
    await writeFile(join(root, 'vectors/episodes.npy'), npyBytes(rows))
  }
}
