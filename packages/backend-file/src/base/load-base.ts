import { crc32 } from 'node:zlib'
import { type Logger, MemoryError, type RecordKind } from '@holdfast/core'
import type { IndexCache, IndexedElements } from '../cache/index-cache.js'
import { type BaseRecord, type FileIdentity, parseBaseRecord } from '../layout/base-record.js'
import { parseClusters } from '../layout/clusters-file.js'
import { readText } from '../layout/json-file.js'
import { type Manifest, parseManifest } from '../layout/manifest.js'
import { checkPositionRuns, toPositions } from '../layout/position-runs.js'
import { type DataPath, pathsOf, storePaths } from '../layout/store-paths.js'
import type { StoreSettings } from '../layout/store-settings.js'
import { VectorFile } from '../npy/vector-file.js'
import { DerivedOwners } from '../records/derived-owners.js'
import type { RecordIndex } from '../records/record-index.js'
import { checkContent } from './check-base.js'
import { indexElements, type OwnedElements, withDerivedOwners } from './index-elements.js'
import type { DataFile } from './open-data-files.js'
import { readElements } from './read-elements.js'
import { decideDimensions } from './store-dimensions.js'

type Files = ReadonlyMap<DataPath, DataFile>

/** The published files of a store, read. */
export interface Base {
  readonly nodes: RecordIndex
  readonly episodes: RecordIndex
  readonly derived: DerivedOwners
  /** What the cache does not have yet. */
  readonly unsaved: ReadonlyMap<RecordKind, IndexedElements>
  readonly settings: StoreSettings
  readonly manifest: Manifest | undefined
  /** Order of the clusters in their file. */
  readonly clusterOrder: readonly number[]
  readonly sequence: number
  readonly generation: number
  readonly identities: ReadonlyMap<DataPath, FileIdentity>
  /** Values of a row in each matrix. */
  readonly columns: Readonly<Record<RecordKind, number | undefined>>
}

/** The record that is published beside the files, if there is one. */
export async function readBaseRecord(files: Files): Promise<ReturnType<typeof parseBaseRecord> | undefined> {
  const file = files.get(storePaths.base)?.file
  return file === undefined ? undefined : parseBaseRecord(await readText(file), storePaths.base)
}

/**
 * Reads the JSON files at most once and builds the index of a store; of the matrices it reads only the heads, and small ones
 * whole to check them.
 * @param record what was published with the files; `undefined` for a directory of the Python system, or for files
 * that it has changed.
 * @param cache what is known there of the files of records need not be read.
 * @throws {MemoryError} `CORRUPT`, naming the file and the place in it.
 */
export async function loadBase(
  files: Files,
  record: (Omit<BaseRecord, 'files'> & { readonly files: BaseRecord['files'] | undefined }) | undefined,
  logger: Logger,
  cache?: IndexCache,
): Promise<Base> {
  for (const { texts, vectors } of Object.values(pathsOf)) {
    if (files.has(texts) || !files.has(vectors)) continue
    throw new MemoryError('CORRUPT', `${texts} is missing beside ${vectors}`)
  }
  const sums = new Map<DataPath, number>()
  const read = {
    nodes: await readElements(files, 'nodes', record?.files, cache),
    episodes: await readElements(files, 'episodes', record?.files, cache),
  }
  const elements = { nodes: read.nodes.elements, episodes: read.episodes.elements }
  const unsaved = new Map<RecordKind, IndexedElements>()
  for (const kind of ['nodes', 'episodes'] as const) {
    const { checksum, unsaved: indexed } = read[kind]
    if (checksum !== undefined) sums.set(pathsOf[kind].texts, checksum)
    if (indexed !== undefined) unsaved.set(kind, indexed)
  }
  const small = async <T>(path: DataPath, parse: (text: string, name: string) => T) => {
    const file = files.get(path)?.file
    if (file === undefined) return undefined
    const text = await readText(file)
    sums.set(path, crc32(text))
    return parse(text, path)
  }
  const clusters = await small(storePaths.clusters, (text, name) =>
    parseClusters(text, elements.nodes.count, name),
  )
  const manifest = await small(storePaths.manifest, parseManifest)
  const vectors = {
    nodes: await openMatrix(files, 'nodes', elements.nodes.count),
    episodes: await openMatrix(files, 'episodes', elements.episodes.count),
  }
  const dimensions = await decideDimensions(record?.settings, vectors.nodes, vectors.episodes)
  const identities = new Map<DataPath, FileIdentity>()
  for (const [path, { file, version, modified }] of files) {
    logger.debug(`${path}: ${file.size} bytes, version ${version}`)
    if (path === storePaths.base) continue
    const checksum = await checkContent(file, record?.files?.get(path), sums.get(path))
    identities.set(path, { size: file.size, modified, crc32: checksum })
  }
  const fill = (kind: RecordKind, owned: OwnedElements, clusterIds?: Float64Array) => {
    const matrix = vectors[kind]?.columns === dimensions ? vectors[kind] : undefined
    const runs = record?.positions?.[kind]
    if (runs !== undefined) checkPositionRuns(runs, elements[kind].count, storePaths.base)
    const index = indexElements(owned, {
      file: files.get(pathsOf[kind].texts)?.file,
      positions: toPositions(runs, elements[kind].count),
      clusterIds,
      matrix,
      // Whose an episode is may depend on nodes that are others now.
      isUnique: read[kind].isCached && elements[kind].ownerFromNodes.size === 0,
    })
    index.skipPositions(runs?.last ?? 0)
    return index
  }
  const nodes = fill('nodes', elements.nodes, clusters?.clusterIds)
  const episodes = fill('episodes', withDerivedOwners(elements.episodes, nodes))
  const derived = new DerivedOwners()
  for (const [row, nodeIds] of elements.episodes.ownerFromNodes) derived.add(row, nodeIds)
  return {
    nodes,
    episodes,
    derived,
    unsaved,
    settings: { dimensions, embeddingModel: record?.settings.embeddingModel },
    manifest,
    clusterOrder: clusters?.order ?? [],
    sequence: record?.sequence ?? 0,
    generation: record?.generation ?? 0,
    identities,
    columns: { nodes: vectors.nodes?.columns, episodes: vectors.episodes?.columns },
  }
}

/** @throws {MemoryError} `CORRUPT` when the matrix is missing or has another number of rows. */
async function openMatrix(files: Files, kind: RecordKind, count: number): Promise<VectorFile | undefined> {
  const paths = pathsOf[kind]
  const matrix = files.get(paths.vectors)?.file
  if (matrix === undefined) {
    if (count === 0) return undefined
    throw new MemoryError('CORRUPT', `${paths.vectors} is missing beside ${paths.texts}`)
  }
  const vectors = await VectorFile.read(matrix)
  if (vectors.rows === count) return vectors
  throw new MemoryError(
    'CORRUPT',
    `${paths.vectors} has ${vectors.rows} rows (byte 10), ${paths.texts} has ${count} elements`,
  )
}
