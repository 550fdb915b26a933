import { mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileBackendOptions } from '../../src/index.js'
import { npyBytes, rawEpisode, rawNode } from './small-store.js'

export const nodes = ['a', 'b', 'c'].map((id) => rawNode(id, { user_id: 'ann' }))
export const store = { nodes, clusters: { '0': [0, 2], '-1': [1] }, episodes: [rawEpisode('e', ['a', 'b'])] }
export const paths = {
  nodes: 'corpus/nodes.json',
  vectors: 'vectors/nodes.npy',
  clusters: 'indexes/clusters.json',
  episodes: 'corpus/episodes.json',
  episodeVectors: 'vectors/episodes.npy',
  settings: '.holdfast/store.json',
}

const text = JSON.stringify(nodes, null, 2)
/** Where an element begins in the text of the nodes. */
const start = (index: number) => [...text.matchAll(/^ {2}\{/gm)][index]?.index ?? Number.NaN
const start2 = start(1) + 2

/** A store that an open refuses. */
export interface BadStore {
  readonly name: string
  readonly spoil: (root: string) => Promise<void>
  readonly message: RegExp
  readonly options?: Partial<FileBackendOptions>
  readonly code?: string
}

const put = (path: string, content: string | Uint8Array) => async (root: string) => {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), content)
}
const remove = (path: string) => (root: string) => rm(join(root, path))
export const vectors = [
  [1, 1, 0],
  [2, 1, 0],
  [3, 1, 0],
]

export const badStores: readonly BadStore[] = [
  {
    name: 'vectors without nodes',
    spoil: remove(paths.nodes),
    message: /corpus\/nodes\.json is missing beside/,
  },
  {
    name: 'nodes without vectors',
    spoil: remove(paths.vectors),
    message: /vectors\/nodes\.npy is missing beside/,
  },
  {
    name: 'episode vectors without episodes',
    spoil: remove(paths.episodes),
    message: /corpus\/episodes\.json is missing/,
  },
  {
    name: 'episodes without vectors',
    spoil: remove(paths.episodeVectors),
    message: /vectors\/episodes\.npy is missing/,
  },
  {
    name: 'an empty file',
    spoil: put(paths.nodes, ''),
    message: /corpus\/nodes\.json is cut off after 0 elements \(byte 0\)/,
  },
  {
    name: 'a file that is cut off',
    spoil: put(paths.nodes, text.slice(0, start2 + 20)),
    message: new RegExp(`corpus/nodes\\.json is cut off inside element 1 \\(byte ${start2 + 20}\\)`),
  },
  {
    name: 'an object',
    spoil: put(paths.nodes, '{"a": 1}'),
    message: /nodes\.json is not a JSON array \(byte 0\)/,
  },
  {
    name: 'a second document',
    spoil: put(paths.nodes, '[]\n[]'),
    message: /goes on after the end of the array \(byte 3\)/,
  },
  {
    name: 'a malformed element',
    spoil: put(paths.nodes, text.replace('"id": "b",', '"id": "b"')),
    message: new RegExp(`corpus/nodes\\.json: element 1 at byte ${start2} is not valid JSON`),
  },
  {
    name: 'bytes that are not UTF-8',
    spoil: put(paths.nodes, Buffer.from(text.replace('question b', 'qu\xe9stion b'), 'latin1')),
    message: new RegExp(`corpus/nodes\\.json: element 1 at byte ${start2} is not UTF-8`),
  },
  {
    name: 'an element that is no object',
    spoil: put(paths.nodes, '[ 7 ]'),
    message: /element 0 at byte 2 is not an object/,
  },
  {
    name: 'an id that is a number',
    spoil: put(paths.nodes, '[{"id": 7}]'),
    message: /element 0 at byte 1 has no id/,
  },
  {
    name: 'an owner that is a number',
    spoil: put(paths.nodes, '[{"id": "a", "tenant_id": 7}]'),
    message: /element 0 at byte 1 has a tenant_id/,
  },
  {
    name: 'a cluster that is a text',
    spoil: put(paths.nodes, '[{"id": "a", "cluster_id": "1"}]'),
    message: /element 0 at byte 1 has a cluster_id/,
  },
  {
    name: 'node ids that are no list',
    spoil: put(paths.episodes, '[{"id": "e", "memory_node_ids": "a"}]'),
    message: /episodes\.json: element 0 at byte 1 has memory_node_ids/,
  },
  {
    name: 'an id twice under one owner',
    spoil: put(paths.nodes, text.replace('"id": "c"', '"id": "a"')),
    message: new RegExp(`corpus/nodes\\.json: element 2 at byte ${start(2) + 2} has the id "a" of element 0`),
  },
  {
    name: 'a row too few',
    spoil: put(paths.vectors, npyBytes(vectors.slice(1))),
    message: /vectors\/nodes\.npy has 2 rows \(byte 10\), corpus\/nodes\.json has 3 elements/,
  },
  {
    name: 'a row too many',
    spoil: put(paths.vectors, npyBytes([...vectors, [1, 2, 3]])),
    message: /has 4 rows \(byte 10\), .* has 3 elements/,
  },
  {
    name: 'vectors that are cut off',
    spoil: (root) => truncate(join(root, paths.vectors), 150),
    message: /vectors\/nodes\.npy is cut off at byte 150: 3 rows of 3 values end at 164/,
  },
  {
    name: 'an empty vector file',
    spoil: put(paths.vectors, ''),
    message: /vectors\/nodes\.npy is not a \.npy file \(byte 0\)/,
  },
  {
    name: 'float64 vectors',
    spoil: put(
      paths.vectors,
      Buffer.from(npyBytes(vectors).toString('latin1').replace('<f4', '<f8'), 'latin1'),
    ),
    message: /vectors\/nodes\.npy holds <f8 values/,
  },
  {
    name: 'vectors in Fortran order',
    spoil: put(
      paths.vectors,
      Buffer.from(npyBytes(vectors).toString('latin1').replace('False,', 'True, '), 'latin1'),
    ),
    message: /vectors\/nodes\.npy is stored in Fortran order/,
  },
  {
    name: 'episode vectors of another length',
    spoil: put(paths.episodeVectors, npyBytes([[1, 2]])),
    message: /vectors\/episodes\.npy has rows of 2 values \(byte 10\), vectors\/nodes\.npy of 3/,
  },
  {
    name: 'vectors without values',
    spoil: put(paths.vectors, npyBytes([[], [], []], 0)),
    message: /vectors\/nodes\.npy has rows of 0 values/,
  },
  {
    name: 'a cluster that points outside',
    spoil: put(paths.clusters, '{"0": [0, 3]}'),
    message: /indexes\/clusters\.json puts row 3 into cluster 0, but there are 3 rows \(byte 10\)/,
  },
  {
    name: 'a row in two clusters',
    spoil: put(paths.clusters, '{"0": [1], "1": [1]}'),
    message: /indexes\/clusters\.json lists row 1 twice \(byte 17\)/,
  },
  {
    name: 'a negative row',
    spoil: put(paths.clusters, '{"0": [-1]}'),
    message: /indexes\/clusters\.json is not an object of lists of row numbers \(byte 7\)/,
  },
  {
    name: 'a row with a fraction',
    spoil: put(paths.clusters, '{"0": [1.5]}'),
    message: /indexes\/clusters\.json is not an object of lists/,
  },
  {
    name: 'a cluster without a number',
    spoil: put(paths.clusters, '{"x": [1]}'),
    message: /indexes\/clusters\.json is not an object of lists/,
  },
  {
    name: 'a cluster twice',
    spoil: put(paths.clusters, '{"0": [1], "0": [2]}'),
    message: /has a key that is no cluster id of its own/,
  },
  {
    name: 'clusters that are cut off',
    spoil: put(paths.clusters, '{"0": [1, '),
    message: /indexes\/clusters\.json is cut off \(byte 10\)/,
  },
  {
    name: 'a trailing comma',
    spoil: put(paths.clusters, '{"0": [1,]}'),
    message: /has something that is no row in cluster 0/,
  },
  {
    name: 'a manifest that is no JSON',
    spoil: put('manifest.json', '{'),
    message: /manifest\.json is not valid JSON/,
  },
  {
    name: 'a manifest that names other files',
    spoil: put('manifest.json', '{"corpus": {"nodes_file": "elsewhere.json"}}'),
    message: /manifest\.json says nodes_file is "elsewhere\.json"/,
    code: 'NOT_SUPPORTED',
  },
  {
    name: 'settings that are no JSON',
    spoil: put(paths.settings, 'x'),
    message: /\.holdfast\/store\.json is not valid JSON/,
  },
  {
    name: 'settings of a later version',
    spoil: put(paths.settings, '{"format": 9}'),
    message: /\.holdfast\/store\.json has format 9/,
    code: 'SCHEMA_AHEAD',
  },
  {
    name: 'settings that contradict the vectors',
    spoil: put(paths.settings, '{"format": 1, "dimensions": 4, "embedding_model": null}'),
    message: /has rows of 3 values \(byte 10\), the store was made for 4/,
  },
  {
    name: 'a damaged commit record',
    spoil: put('.holdfast/commit.json', '{"format": 1, "crc32": 1, "body": "{}"}'),
    message: /\.holdfast\/commit\.json is damaged/,
  },
  {
    name: 'a directory in place of a file',
    spoil: async (root) => {
      await rm(join(root, paths.nodes))
      await mkdir(join(root, paths.nodes))
    },
    message: /corpus\/nodes\.json is not a file/,
  },
  {
    name: 'other dimensions than asked for',
    spoil: async () => {},
    options: { dimensions: 4 },
    message: /^the option dimensions asks for 4 dimensions, the store has 3$/,
    code: 'DIMENSION_MISMATCH',
  },
  {
    name: 'a model of other dimensions',
    spoil: async () => {},
    options: { embeddingModel: { provider: 'p', model: 'm', dimensions: 4 } },
    message: /^the option embeddingModel asks for 4 dimensions, the store has 3$/,
    code: 'DIMENSION_MISMATCH',
  },
  {
    name: 'another model than asked for',
    spoil: put(
      paths.settings,
      '{"format": 1, "dimensions": 3, "embedding_model": {"provider": "p", "model": "m", "dimensions": 3}}',
    ),
    options: { embeddingModel: { provider: 'p', model: 'other', dimensions: 3 } },
    message: /vectors of p\/m \(3 dimensions\), not of p\/other/,
    code: 'EMBEDDING_MISMATCH',
  },
]
