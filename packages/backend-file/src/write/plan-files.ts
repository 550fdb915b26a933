import { defaultDimensions } from '@holdfast/core'
import type { Piece } from '../disk/pieces.js'
import { formatClusters } from '../layout/clusters-file.js'
import { formatManifest, newManifest } from '../layout/manifest.js'
import { type DataPath, storePaths } from '../layout/store-paths.js'
import { formatSettings, type StoreSettings } from '../layout/store-settings.js'
import type { NpyHeader } from '../npy/npy-header.js'
import type { RecordTable } from '../records/record-table.js'
import type { ChangeSet } from './change-set.js'
import type { CollectionChange } from './collection-change.js'
import { planTexts } from './plan-texts.js'
import { planVectors } from './plan-vectors.js'
import { settleEpisodeOwners } from './settle-episode-owners.js'

/** The new state of one kind of records, where it changes. */
export interface CollectionPlan {
  readonly table: RecordTable
  /** `undefined` when the matrix stays as it is. */
  readonly header: NpyHeader | undefined
}

/** Which files a write replaces, and what they will hold. */
export interface FilesPlan {
  readonly files: ReadonlyMap<DataPath, readonly Piece[]>
  readonly nodes: CollectionPlan
  readonly episodes: CollectionPlan
  readonly settings: StoreSettings
}

/** Only files whose content changes are replaced; a store that has no records yet gets the whole layout. */
export async function planFiles(change: ChangeSet): Promise<FilesPlan> {
  const { base, nodes, episodes } = change
  const files = new Map<DataPath, readonly Piece[]>()
  const settings = { dimensions: change.dimensions, embeddingModel: change.embeddingModel }
  const hasRecords = !nodes.isEmpty || !episodes.isEmpty
  const isNew = hasRecords && !base.states.has(storePaths.nodes)
  const put = (path: DataPath, text: string) => files.set(path, [Buffer.from(text)])

  const plan = (of: CollectionChange, texts: DataPath, vectors: DataPath): CollectionPlan => {
    const columns = settings.dimensions ?? defaultDimensions
    const isChanged = isNew || !of.isEmpty
    const isWidened = of.base.vectors !== undefined && of.base.vectors.columns !== columns
    const planned = isChanged ? planTexts(of) : undefined
    if (planned) files.set(texts, planned.pieces)
    const matrix = isChanged || (hasRecords && isWidened) ? planVectors(of, columns) : undefined
    if (matrix) files.set(vectors, matrix.pieces)
    return { table: planned?.table ?? of.base.table, header: matrix?.header }
  }

  const nodePlan = plan(nodes, storePaths.nodes, storePaths.nodeVectors)
  await settleEpisodeOwners(episodes, nodes, nodePlan.table)
  const episodePlan = plan(episodes, storePaths.episodes, storePaths.episodeVectors)
  if (isNew || !nodes.isEmpty) {
    const clusters = formatClusters(clusterIds(nodePlan.table), base.clusterOrder)
    if (!base.states.has(storePaths.clusters) || changesClusters(nodes)) put(storePaths.clusters, clusters)
  }
  const counts = [nodes.count, episodes.count] as const
  if (isNew || (base.manifest !== undefined && nodes.added.length + episodes.added.length > 0)) {
    put(storePaths.manifest, formatManifest(base.manifest ?? newManifest, ...counts))
  }
  const isSettled =
    base.states.has(storePaths.settings) &&
    settings.dimensions === base.settings.dimensions &&
    settings.embeddingModel === base.settings.embeddingModel
  if (!isSettled) put(storePaths.settings, formatSettings(settings))
  return { files, nodes: nodePlan, episodes: episodePlan, settings }
}

function changesClusters({ base, replaced, added }: CollectionChange): boolean {
  if (added.some(({ clusterId }) => clusterId !== null)) return true
  return [...replaced].some(([row, { clusterId }]) => clusterId !== base.table.clusterId(row))
}

function* clusterIds(table: RecordTable): Generator<number | null> {
  for (let row = 0; row < table.count; row++) yield table.clusterId(row)
}
