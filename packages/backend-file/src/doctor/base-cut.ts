import { MemoryError, type RecordKind } from '@holdfast/core'
import type { DataFile } from '../base/open-data-files.js'
import { parseClusters } from '../layout/clusters-file.js'
import { readText } from '../layout/json-file.js'
import { parseManifest } from '../layout/manifest.js'
import { type DataPath, pathsOf, storePaths } from '../layout/store-paths.js'
import { type MatrixSurvey, surveyMatrix } from './survey-matrix.js'
import { surveyTexts, type TextsSurvey } from './survey-texts.js'

/** The records of one kind in the files, and how many of them text and vector are both there. */
export interface RecordsCut {
  readonly texts: TextsSurvey
  readonly matrix: MatrixSurvey
  /** Records that would be kept, from the first on; `undefined` when cutting does not help. */
  readonly kept: number | undefined
}

/** What is wrong with files that a killed process may have left half written, and what cutting them would keep. */
export interface BaseCut {
  readonly nodes: RecordsCut
  readonly episodes: RecordsCut
  /** Why the file of clusters cannot be used, when that is not for want of nodes. */
  readonly clusters: MemoryError | undefined
  readonly manifest: MemoryError | undefined
}

type Files = ReadonlyMap<DataPath, DataFile>

/** @param damaged files whose bytes the disk has changed: there the end is not all that is wrong. */
export async function planBaseCut(files: Files, damaged: readonly DataPath[]): Promise<BaseCut> {
  const nodes = await cutOf(files, damaged, 'nodes')
  const episodes = await cutOf(files, damaged, 'episodes')
  const count = nodes.texts.state === 'whole' ? nodes.texts.ends.length : undefined
  const problem = async (path: DataPath, parse: (text: string) => unknown) => {
    const file = files.get(path)?.file
    if (file === undefined) return undefined
    try {
      parse(await readText(file))
      return undefined
    } catch (error) {
      if (error instanceof MemoryError) return error
      throw error
    }
  }
  const clusters = await problem(storePaths.clusters, (text) =>
    parseClusters(text, count ?? text.length, storePaths.clusters),
  )
  const manifest = await problem(storePaths.manifest, (text) => parseManifest(text, storePaths.manifest))
  return { nodes, episodes, clusters, manifest }
}

/** Whether there is anything to cut. */
export function isCutNeeded({ nodes, episodes, clusters, manifest }: BaseCut): boolean {
  return (
    [nodes, episodes].some((records) => isUneven(records) && records.kept !== undefined) ||
    clusters !== undefined ||
    manifest?.code === 'CORRUPT'
  )
}

/** Whether texts and vectors are not the same number of whole records. */
export function isUneven({ texts, matrix }: RecordsCut): boolean {
  if (texts.state === 'damaged' || matrix.state === 'damaged') return true
  if (texts.state === 'missing' || matrix.state === 'missing') {
    return texts.state !== matrix.state && !(texts.state === 'whole' && texts.ends.length === 0)
  }
  return texts.state !== 'whole' || matrix.state !== 'whole' || texts.ends.length !== matrix.rows
}

async function cutOf(files: Files, damaged: readonly DataPath[], kind: RecordKind): Promise<RecordsCut> {
  const paths = pathsOf[kind]
  const texts = await surveyTexts(files.get(paths.texts)?.file, kind)
  const matrix = await surveyMatrix(files.get(paths.vectors)?.file)
  if (!('ends' in texts) || !('rows' in matrix) || isOne(damaged, paths)) {
    return { texts, matrix, kept: undefined }
  }
  const kept = Math.min(texts.ends.length, matrix.rows)
  // Texts without a single vector are worth more than nothing at all.
  const isWorse = kept === 0 && texts.ends.length > 0
  return { texts, matrix, kept: isWorse ? undefined : kept }
}

function isOne(
  damaged: readonly DataPath[],
  paths: { readonly texts: DataPath; readonly vectors: DataPath },
) {
  return damaged.includes(paths.texts) || damaged.includes(paths.vectors)
}
