import { type Logger, MemoryError, type RecordKind } from '@holdfast/core'
import { parseClusters } from '../layout/clusters-file.js'
import { readText } from '../layout/json-file.js'
import { parseManifest } from '../layout/manifest.js'
import { type DataPath, isReadAtOpenOnly, storePaths } from '../layout/store-paths.js'
import { parseSettings, type StoreSettings } from '../layout/store-settings.js'
import { VectorFile } from '../npy/vector-file.js'
import { type LocatedFacts, loadRecords } from '../records/load-records.js'
import { OwnerAgreement } from '../records/owner-agreement.js'
import type { RecordTable } from '../records/record-table.js'
import { RecordTableBuilder, type TableEntry } from '../records/record-table-builder.js'
import type { DataFile } from './open-data-files.js'
import { type Collection, Snapshot } from './snapshot.js'
import { decideDimensions } from './store-dimensions.js'

type Files = ReadonlyMap<DataPath, DataFile>

const pathsOf = {
  nodes: { texts: storePaths.nodes, vectors: storePaths.nodeVectors },
  episodes: { texts: storePaths.episodes, vectors: storePaths.episodeVectors },
} as const satisfies Record<RecordKind, { texts: DataPath; vectors: DataPath }>

/**
 * Builds the index of a store: reads the JSON files once, of the matrices only the heads.
 * Takes over the holds on all files; on failure the caller still has them.
 * @throws {MemoryError} `CORRUPT`, naming the file and the place in it.
 */
export async function loadSnapshot(files: Files, logger: Logger): Promise<Snapshot> {
  for (const { texts, vectors } of Object.values(pathsOf)) {
    if (files.has(texts) || !files.has(vectors)) continue
    throw new MemoryError('CORRUPT', `${texts} is missing beside ${vectors}`)
  }
  const nodes = await loadNodes(files)
  const episodes = await loadEpisodes(files, nodes.table)
  const settings = await loadSettings(files, nodes, episodes)
  const manifest = await parseOptional(files, storePaths.manifest, parseManifest)
  for (const [path, { file, version }] of files) {
    logger.debug(`${path}: ${file.size} bytes, version ${version}`)
  }
  const snapshot = new Snapshot({
    nodes,
    episodes,
    settings,
    clusterOrder: nodes.clusterOrder,
    manifest,
    states: new Map([...files].map(([path, { version, mode }]) => [path, { version, mode }])),
  })
  for (const [path, { file }] of files) if (isReadAtOpenOnly(path)) await file.release()
  return snapshot
}

async function loadNodes(files: Files): Promise<Collection & { clusterOrder: readonly number[] }> {
  const builder = new RecordTableBuilder()
  const texts = files.get(pathsOf.nodes.texts)?.file
  if (texts !== undefined) {
    for await (const batch of loadRecords(texts, 'nodes')) {
      for (const entry of batch) addTo(builder, { ...entry, derived: false }, storePaths.nodes)
    }
  }
  const membership = await parseOptional(files, storePaths.clusters, (text, name) =>
    parseClusters(text, builder.count, name),
  )
  const table = builder.build(membership?.clusterIds)
  return { ...(await collect(files, 'nodes', table)), clusterOrder: membership?.order ?? [] }
}

async function loadEpisodes(files: Files, nodes: RecordTable): Promise<Collection> {
  const entries: LocatedFacts[] = []
  const texts = files.get(pathsOf.episodes.texts)?.file
  if (texts !== undefined) {
    for await (const batch of loadRecords(texts, 'episodes')) entries.push(...batch)
  }
  const wanted = new Set(entries.flatMap((entry) => entry.ownerFromNodes ?? []))
  const agreement = new OwnerAgreement(nodes, wanted)
  const builder = new RecordTableBuilder()
  for (const entry of entries) {
    const derived = entry.ownerFromNodes !== undefined
    const owner = entry.ownerFromNodes ? agreement.ownerOf(entry.ownerFromNodes) : entry.owner
    addTo(builder, { ...entry, owner, derived }, storePaths.episodes)
  }
  return collect(files, 'episodes', builder.build())
}

function addTo(builder: RecordTableBuilder, entry: TableEntry, path: DataPath): void {
  const row = builder.count
  const known = builder.add(entry)
  if (known === undefined) return
  throw new MemoryError(
    'CORRUPT',
    `${path}: element ${row} at byte ${entry.offset} has the id ${JSON.stringify(entry.id)} of element ${known}`,
  )
}

async function collect(files: Files, kind: RecordKind, table: RecordTable): Promise<Collection> {
  const paths = pathsOf[kind]
  const texts = files.get(paths.texts)?.file
  const matrix = files.get(paths.vectors)?.file
  if (matrix === undefined) {
    if (table.count === 0) return { kind, table, texts, vectors: undefined }
    throw new MemoryError('CORRUPT', `${paths.vectors} is missing beside ${paths.texts}`)
  }
  const vectors = await VectorFile.read(matrix)
  if (vectors.rows !== table.count) {
    throw new MemoryError(
      'CORRUPT',
      `${paths.vectors} has ${vectors.rows} rows (byte 10), ${paths.texts} has ${table.count} elements`,
    )
  }
  return { kind, table, texts, vectors }
}

async function loadSettings(files: Files, nodes: Collection, episodes: Collection): Promise<StoreSettings> {
  const settings = await parseOptional(files, storePaths.settings, parseSettings)
  const dimensions = await decideDimensions(settings, nodes.vectors, episodes.vectors)
  const embeddingModel = settings?.embeddingModel
  return { dimensions, embeddingModel }
}

async function parseOptional<T>(
  files: Files,
  path: DataPath,
  parse: (text: string, name: string) => T,
): Promise<T | undefined> {
  const file = files.get(path)?.file
  return file === undefined ? undefined : parse(await readText(file), path)
}
