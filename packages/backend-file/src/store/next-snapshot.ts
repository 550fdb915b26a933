import { newManifest } from '../layout/manifest.js'
import { type DataPath, storePaths } from '../layout/store-paths.js'
import { VectorFile } from '../npy/vector-file.js'
import type { DataFile } from '../snapshot/open-data-files.js'
import { type Collection, Snapshot } from '../snapshot/snapshot.js'
import type { CollectionPlan, FilesPlan } from '../write/plan-files.js'

/**
 * The store after a write: the new files in place of the old ones, all others shared with the snapshot before.
 * @param files those that were replaced, open; takes over the holds on them.
 */
export function nextSnapshot(
  before: Snapshot,
  plan: FilesPlan,
  files: ReadonlyMap<DataPath, DataFile>,
): Snapshot {
  const states = new Map(before.states)
  for (const [path, { version, mode }] of files) states.set(path, { version, mode })
  const collection = (
    old: Collection,
    { table, header }: CollectionPlan,
    texts: DataPath,
    vectors: DataPath,
  ): Collection => {
    const matrix = files.get(vectors)?.file
    const next = matrix && header ? new VectorFile(matrix, header) : old.vectors
    if (next === old.vectors) old.vectors?.file.hold()
    return { kind: old.kind, table, texts: files.get(texts)?.file ?? old.texts?.hold(), vectors: next }
  }
  const parts = {
    nodes: collection(before.nodes, plan.nodes, storePaths.nodes, storePaths.nodeVectors),
    episodes: collection(before.episodes, plan.episodes, storePaths.episodes, storePaths.episodeVectors),
  }
  return new Snapshot({
    ...parts,
    settings: plan.settings,
    clusterOrder: clusterOrder(before.clusterOrder, parts.nodes),
    manifest: before.manifest ?? (files.has(storePaths.manifest) ? newManifest : undefined),
    states,
  })
}

/** The known clusters, then new ones in the order of their first member, as the file lists them. */
function clusterOrder(before: readonly number[], { table }: Collection): readonly number[] {
  const order = new Set(before)
  const members = new Set<number>()
  for (let row = 0; row < table.count; row++) {
    const clusterId = table.clusterId(row)
    if (clusterId === null) continue
    order.add(clusterId)
    members.add(clusterId)
  }
  return [...order].filter((clusterId) => members.has(clusterId))
}
