/** Where everything lies in a data directory. The Python system never looks into `.holdfast`. */
export const storePaths = {
  nodes: 'corpus/nodes.json',
  episodes: 'corpus/episodes.json',
  nodeVectors: 'vectors/nodes.npy',
  episodeVectors: 'vectors/episodes.npy',
  clusters: 'indexes/clusters.json',
  manifest: 'manifest.json',
  settings: '.holdfast/store.json',
} as const

/** A file that a snapshot is made of. */
export type DataPath = (typeof storePaths)[keyof typeof storePaths]

export const dataPaths: readonly DataPath[] = Object.values(storePaths)

/** Files of ours that are no data. */
export const privatePaths = {
  directory: '.holdfast',
  stage: '.holdfast/stage',
  commit: '.holdfast/commit.json',
  owner: '.holdfast/owner.json',
} as const

export function isDataPath(path: unknown): path is DataPath {
  return dataPaths.some((known) => known === path)
}

/** Small files that nobody reads from any more once a snapshot is made. */
export function isReadAtOpenOnly(path: DataPath): boolean {
  return path === storePaths.clusters || path === storePaths.manifest || path === storePaths.settings
}
