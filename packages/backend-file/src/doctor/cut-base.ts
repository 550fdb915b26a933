import type { RecordKind } from '@holdfast/core'
import { closeAll, type DataFile } from '../base/open-data-files.js'
import type { Piece } from '../disk/pieces.js'
import { formatClusters, parseClusters } from '../layout/clusters-file.js'
import { readText } from '../layout/json-file.js'
import { formatManifest, newManifest, parseManifest, withCounts } from '../layout/manifest.js'
import { type DataPath, pathsOf, storePaths } from '../layout/store-paths.js'
import { formatNpyHeader } from '../npy/npy-header.js'
import { type BaseCut, isCutNeeded, isUneven, planBaseCut, type RecordsCut } from './base-cut.js'
import { keepInQuarantine } from './keep-in-quarantine.js'
import { finishPublication, impossible, type RepairContext } from './repair-context.js'
import { removeFile, replaceFile } from './replace-file.js'
import { surveyBase } from './survey-base.js'
import { findFilesInPlace } from './survey-files.js'

type Files = ReadonlyMap<DataPath, DataFile>

/** A new content, or `undefined` for none. */
type Change = readonly [path: DataPath, content: readonly Piece[] | undefined]

/**
 * `cut-base`: leaves of texts and vectors the records that have both. Each file is replaced by itself: done again after
 * an interruption it comes to the same, for the number that is kept is the least of those that are there.
 * @returns what it did.
 * @throws {MemoryError} `NOT_SUPPORTED` when cutting does not help.
 */
export async function cutBase(context: RepairContext): Promise<readonly string[]> {
  const { files, dataDir } = context
  await finishPublication(context)
  const found = await findFilesInPlace(files, dataDir)
  try {
    for (const error of found.unreadable.values()) throw error
    const { damaged } = await surveyBase(found, false)
    const cut = await planBaseCut(found.files, damaged)
    for (const kind of ['nodes', 'episodes'] as const) {
      if (isUneven(cut[kind]) && cut[kind].kept === undefined) {
        throw impossible(
          `cutting does not help: ${pathsOf[kind].texts} and ${pathsOf[kind].vectors} hold nothing that goes together`,
        )
      }
    }
    if (!isCutNeeded(cut)) return []
    const changes = await changesFor(found.files, cut)
    await keepInQuarantine(
      context,
      'cut-base',
      changes.map(([path]) => path),
    )
    for (const [path, content] of changes) {
      if (content === undefined) await removeFile(context, path)
      else await replaceFile(context, path, content)
    }
    return changes.map(([path, content]) => `${path} was ${content ? 'cut' : 'set aside'}`)
  } finally {
    await closeAll(found.files)
  }
}

/** The small files first: the others show, until the end, that something is left to be done. */
async function changesFor(files: Files, cut: BaseCut): Promise<readonly Change[]> {
  return [
    ...(await clustersChange(files, cut)),
    ...(await manifestChange(files, cut)),
    ...recordsChanges(files, 'nodes', cut.nodes),
    ...recordsChanges(files, 'episodes', cut.episodes),
  ]
}

async function clustersChange(files: Files, { nodes, clusters }: BaseCut): Promise<readonly Change[]> {
  const path = storePaths.clusters
  const file = files.get(path)?.file
  if (file === undefined || (clusters === undefined && !isUneven(nodes))) return []
  const count = countOf(nodes)
  try {
    const text = await readText(file)
    const { clusterIds, order } = parseClusters(text, text.length, path)
    const kept = Array.from(clusterIds.subarray(0, count), (id) => (Number.isNaN(id) ? null : id))
    const cut = formatClusters(kept, order)
    return cut === text ? [] : [[path, [Buffer.from(cut)]]]
  } catch {
    // The nodes name their clusters themselves.
    return [[path, undefined]]
  }
}

async function manifestChange(files: Files, cut: BaseCut): Promise<readonly Change[]> {
  const path = storePaths.manifest
  const file = files.get(path)?.file
  if (file === undefined) return []
  const old = cut.manifest === undefined ? parseManifest(await readText(file), path) : newManifest
  const manifest = withCounts(old, countOf(cut.nodes), countOf(cut.episodes))
  const isCut = isUneven(cut.nodes) || isUneven(cut.episodes)
  if (cut.manifest === undefined && (!isCut || manifest === old)) return []
  return [[path, [Buffer.from(formatManifest(manifest))]]]
}

function recordsChanges(files: Files, kind: RecordKind, cut: RecordsCut): readonly Change[] {
  const { texts, matrix, kept } = cut
  const paths = pathsOf[kind]
  const [textFile, vectorFile] = [files.get(paths.texts)?.file, files.get(paths.vectors)?.file]
  if (!isUneven(cut) || kept === undefined || !('ends' in texts) || !('rows' in matrix)) return []
  if (textFile === undefined || vectorFile === undefined) return []
  const changes: Change[] = []
  if (texts.state === 'cut off' || texts.ends.length > kept) {
    const end = texts.ends[kept - 1] ?? 0
    const content =
      kept === 0 ? [Buffer.from('[]')] : [{ file: textFile, offset: 0, length: end }, Buffer.from('\n]')]
    changes.push([paths.texts, content])
  }
  if (matrix.declared !== kept) {
    const { columns, dataOffset: offset } = matrix
    const head = formatNpyHeader(kept, columns)
    const length = kept * columns * 4
    changes.push([paths.vectors, length === 0 ? [head] : [head, { file: vectorFile, offset, length }]])
  }
  return changes
}

function countOf({ texts, kept }: RecordsCut): number {
  return kept ?? ('ends' in texts ? texts.ends.length : 0)
}
