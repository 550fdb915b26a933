import { defaultDimensions, type RecordKind } from '@holdfast/core'
import type { DataFile } from '../base/open-data-files.js'
import type { Piece, WatchBytes } from '../disk/pieces.js'
import type { StoredFile } from '../disk/stored-file.js'
import { formatClusters } from '../layout/clusters-file.js'
import { formatManifest, type Manifest, newManifest, withCounts } from '../layout/manifest.js'
import { type DataPath, pathsOf, storePaths } from '../layout/store-paths.js'
import type { StoreSettings } from '../layout/store-settings.js'
import { formatNpyHeader } from '../npy/npy-header.js'
import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'
import type { Changes } from '../store/store-state.js'
import { composeTexts, newTextRanges, type TextRanges } from './compose-texts.js'
import { composeVectors } from './compose-vectors.js'
import { TextChecker } from './text-checker.js'

/** The records of one kind at the moment that is published. */
export interface CapturedRecords {
  readonly index: RecordIndex
  readonly rows: Rows
}

/** What is published. */
export interface Captured {
  readonly nodes: CapturedRecords
  readonly episodes: CapturedRecords
  readonly settings: StoreSettings
  readonly changes: Changes
}

/** The files as they are now. */
export interface PublishedFiles {
  /** Files of texts and matrices that are there. */
  readonly files: ReadonlyMap<DataPath, StoredFile>
  /** Values of a row in each matrix. */
  readonly columns: Readonly<Record<RecordKind, number | undefined>>
  readonly clusterOrder: readonly number[]
  readonly manifest: Manifest | undefined
  readonly hasClusters: boolean
}

/** Which files are written anew, and how the index changes when they are. */
export interface Composition {
  readonly contents: ReadonlyMap<DataPath, AsyncIterable<Piece> | Iterable<Piece>>
  /** What each of those has to pass on its way to the disk. */
  readonly watchers: ReadonlyMap<DataPath, WatchBytes>
  /** Where the texts lie in those, once they have been written. */
  readonly ranges: Readonly<Record<RecordKind, TextRanges>>
  readonly clusterOrder: readonly number[]
  readonly manifest: Manifest | undefined
  readonly columns: PublishedFiles['columns']
  /** Says where the content of the rows lies from now on, once `contents` has been written. */
  readonly move: (files: ReadonlyMap<DataPath, DataFile>) => void
}

/** Only files whose content changes are written; a store that has no records yet gets the whole layout. */
export function composeFiles(captured: Captured, published: PublishedFiles): Composition {
  const { changes, settings } = captured
  const contents = new Map<DataPath, AsyncIterable<Piece> | Iterable<Piece>>()
  const columns = settings.dimensions ?? defaultDimensions
  const hasRecords = captured.nodes.rows.length + captured.episodes.rows.length > 0
  const isNew = hasRecords && !published.files.has(storePaths.nodes)
  const moves: ((files: ReadonlyMap<DataPath, DataFile>) => void)[] = []
  const watchers = new Map<DataPath, WatchBytes>()
  const ranges = {
    nodes: newTextRanges(captured.nodes.rows.length),
    episodes: newTextRanges(captured.episodes.rows.length),
  }
  const widths = { ...published.columns }
  for (const kind of ['nodes', 'episodes'] as const) {
    const { index, rows } = captured[kind]
    const { texts, vectors } = pathsOf[kind]
    const isChanged = isNew || changes[kind]
    const hasOtherWidth = published.columns[kind] !== undefined && published.columns[kind] !== columns
    const filled = ranges[kind]
    if (isChanged) {
      const checker = new TextChecker(filled, (at) => index.text(rows[at] ?? 0))
      contents.set(texts, composeTexts(index, rows, published.files.get(texts), filled))
      watchers.set(texts, (bytes) => checker.push(bytes))
    }
    if (isChanged || hasOtherWidth) {
      contents.set(vectors, composeVectors(index, rows, columns))
      widths[kind] = columns
    }
    moves.push((files) => move(captured[kind], filled, columns, files.get(texts), files.get(vectors)))
  }
  const { text, order } = clustersOf(captured.nodes, published.clusterOrder)
  if (isNew || changes.clusters || (changes.nodes && !published.hasClusters)) {
    contents.set(storePaths.clusters, [Buffer.from(text)])
  }
  const old = published.manifest ?? (isNew ? newManifest : undefined)
  const manifest = old && withCounts(old, captured.nodes.rows.length, captured.episodes.rows.length)
  if (manifest !== undefined && manifest !== published.manifest) {
    contents.set(storePaths.manifest, [Buffer.from(formatManifest(manifest))])
  }
  return {
    contents,
    watchers,
    ranges,
    clusterOrder: order,
    manifest,
    columns: widths,
    move: (files) => {
      for (const moveOne of moves) moveOne(files)
    },
  }
}

function move(
  { index, rows }: CapturedRecords,
  { offsets, lengths, checksums }: TextRanges,
  columns: number,
  texts: DataFile | undefined,
  vectors: DataFile | undefined,
): void {
  const width = columns * 4
  const head = formatNpyHeader(rows.length, columns).length
  for (const [at, row] of Array.from(rows).entries()) {
    const text = texts && {
      file: texts.file,
      offset: offsets[at] ?? 0,
      length: lengths[at] ?? 0,
      crc32: checksums[at] ?? 0,
    }
    // A row of zeros stands for a record without a vector; the index remembers which one that is.
    const vector = vectors &&
      index.vector(row) && { file: vectors.file, offset: head + at * width, length: width }
    index.move(row, text ?? index.text(row), vector ?? index.vector(row))
    if (text !== undefined) index.dropOverlay(row)
  }
}

/** The known clusters, then new ones in the order of their first member, as the file lists them. */
function clustersOf(
  { index, rows }: CapturedRecords,
  before: readonly number[],
): { readonly text: string; readonly order: readonly number[] } {
  const clusterIds = Array.from(rows, (row) => index.clusterId(row))
  const members = new Set(clusterIds)
  const order = [...new Set([...before, ...members])].filter(
    (clusterId): clusterId is number => clusterId !== null && members.has(clusterId),
  )
  return { text: formatClusters(clusterIds, order), order }
}
