import type { DiskDirectory } from '../simulated-disk/disk-nodes.js'
import { filesOf } from './disk-image.js'
import { dataDir } from './simulated-store.js'
import { recordsOf } from './store-text.js'

/**
 * Reads the files that Python reads, with nothing of the package under test, and gives their records one line each.
 * `undefined` while a commit is being put in place: then they are of two moments.
 * @param isOurs false allows bytes behind a matrix, as NumPy does.
 * @throws {Error} when one cannot be parsed, or two contradict each other.
 */
export function publishedText(
  root: DiskDirectory,
  { isOurs = true }: { readonly isOurs?: boolean } = {},
): string | undefined {
  const files = filesOf(root)
  const read = (path: string) => {
    const bytes = files.get(`${dataDir}/${path}`)?.current.all()
    return bytes && Buffer.from(bytes)
  }
  if (read('.holdfast/commit.json') !== undefined) return undefined
  const lines: string[] = []
  const counts = { nodes: 0, episodes: 0 }
  for (const kind of ['nodes', 'episodes'] as const) {
    const [json, npy] = [read(`corpus/${kind}.json`), read(`vectors/${kind}.npy`)]
    if ((json === undefined) !== (npy === undefined)) throw new Error(`${kind}: texts or vectors are missing`)
    if (json === undefined || npy === undefined) continue
    const records: unknown = JSON.parse(json.toString('utf8'))
    if (!Array.isArray(records)) throw new Error(`${kind}.json is no list`)
    const vectors = rowsOf(npy, isOurs)
    if (vectors.length !== records.length) {
      throw new Error(`${records.length} ${kind}, ${vectors.length} vectors`)
    }
    counts[kind] = records.length
    const clusters = kind === 'nodes' ? clustersOf(read('indexes/clusters.json'), records.length) : undefined
    for (const [row, record] of records.entries()) {
      const clusterId = clusters === undefined ? (record.cluster_id ?? null) : (clusters.get(row) ?? null)
      lines.push(line(kind, kind === 'nodes' ? clusterId : null, record, vectors[row] ?? ''))
    }
  }
  checkManifest(read('manifest.json'), counts)
  return lines.join('\n')
}

/** What {@link publishedText} shows of a store when this is its `storeText`. */
export function publishedTextOf(storeText: string): string {
  return recordsOf(storeText)
    .map(({ kind, clusterId, text, vector }) => line(kind, clusterId, JSON.parse(text), vector ?? ''))
    .join('\n')
}

function line(kind: string, clusterId: unknown, record: unknown, vector: string): string {
  // A row of zeros stands for none.
  return JSON.stringify([kind, clusterId, record, /^0*$/.test(vector) ? '' : vector])
}

/** As the format is described by NumPy. */
function rowsOf(npy: Buffer, isExact: boolean): readonly string[] {
  if (npy.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('no .npy file')
  const start = 10 + npy.readUInt16LE(8)
  const head = npy.toString('latin1', 10, start)
  const shape = /'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\)/.exec(head)
  if (shape === null) throw new Error(`no matrix: ${head}`)
  const [rows, width] = [Number(shape[1]), Number(shape[2]) * 4]
  const end = start + rows * width
  if (isExact ? npy.length !== end : npy.length < end) throw new Error(`${npy.length} bytes for ${head}`)
  return Array.from({ length: rows }, (_, row) =>
    npy.toString('hex', start + row * width, start + (row + 1) * width),
  )
}

function clustersOf(json: Buffer | undefined, rows: number): ReadonlyMap<number, number> | undefined {
  if (json === undefined) return undefined
  const clusters = new Map<number, number>()
  for (const [clusterId, members] of Object.entries<readonly number[]>(JSON.parse(json.toString()))) {
    for (const row of members) {
      if (row >= rows || clusters.has(row)) throw new Error(`clusters.json has row ${row}`)
      clusters.set(row, Number(clusterId))
    }
  }
  return clusters
}

function checkManifest(
  json: Buffer | undefined,
  counts: Readonly<Record<'nodes' | 'episodes', number>>,
): void {
  if (json === undefined) return
  const { stats } = JSON.parse(json.toString())
  if (stats === undefined) return
  if (stats.total_nodes !== counts.nodes || stats.total_episodes !== counts.episodes) {
    throw new Error(`the manifest counts ${JSON.stringify(stats)}, not ${JSON.stringify(counts)}`)
  }
}
