import type { RecordKind } from '@holdfast/core'

/** Where everything lies in a data directory. The Python system never looks into `.holdfast`. */
export const storePaths = {
  nodes: 'corpus/nodes.json',
  episodes: 'corpus/episodes.json',
  nodeVectors: 'vectors/nodes.npy',
  episodeVectors: 'vectors/episodes.npy',
  clusters: 'indexes/clusters.json',
  manifest: 'manifest.json',
  base: '.holdfast/store.json',
} as const

/** A file that is published together with the others. */
export type DataPath = (typeof storePaths)[keyof typeof storePaths]

export const dataPaths: readonly DataPath[] = Object.values(storePaths)

/** The files that hold the records of a kind. */
export const pathsOf = {
  nodes: { texts: storePaths.nodes, vectors: storePaths.nodeVectors },
  episodes: { texts: storePaths.episodes, vectors: storePaths.episodeVectors },
} as const satisfies Record<RecordKind, { readonly texts: DataPath; readonly vectors: DataPath }>

/** Files of ours that are not published. */
export const privatePaths = {
  directory: '.holdfast',
  stage: '.holdfast/stage',
  commit: '.holdfast/commit.json',
  owner: '.holdfast/owner.json',
  journals: '.holdfast/journal',
  /** A copy of the files as they were last published by `close` or `compact`. */
  copy: '.holdfast/copy',
  /** Derived data. All of it can be deleted at any time, and is made anew. */
  cache: '.holdfast/cache',
  /** What was cut off or replaced. Nothing here is ever read or removed by us. */
  quarantine: '.holdfast/quarantine',
} as const

export function isDataPath(path: unknown): path is DataPath {
  return dataPaths.some((known) => known === path)
}

/** Small files that nobody reads from any more once a store is open. */
export function isReadAtOpenOnly(path: DataPath): boolean {
  return path === storePaths.clusters || path === storePaths.manifest || path === storePaths.base
}

/** Where the copy of a data file is kept. */
export function copyPath(path: DataPath): string {
  return `${privatePaths.copy}/${path.replace(/^\.holdfast\//, '').replaceAll('/', '-')}`
}
