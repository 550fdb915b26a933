import type { MemoryError, RecordKind } from '@holdfast/core'
import { type DataPath, pathsOf, storePaths } from '../layout/store-paths.js'
import { type BaseCut, planBaseCut, type RecordsCut } from './base-cut.js'
import { type Finding, type FindingCode, finding } from './finding.js'
import type { RepairName } from './repair-name.js'
import type { BaseSurvey } from './survey-base.js'

/**
 * Why the published files cannot be read together.
 * @param error what an open says.
 * @param restore `restore`, when that is possible: it helps whatever has happened to the files.
 */
export async function contentFindings(
  survey: BaseSurvey,
  error: MemoryError,
  restore: readonly RepairName[],
): Promise<readonly Finding[]> {
  if (survey.record.state === 'ahead') return []
  const cut = await planBaseCut(survey.files, survey.damaged)
  const found = [
    ...recordsFindings('nodes', cut.nodes, restore),
    ...recordsFindings('episodes', cut.episodes, restore),
    ...smallFindings(cut, restore),
  ]
  return found.length > 0
    ? found
    : [finding('BASE_REFUSED', placeIn(error.message), error.message, ...restore)]
}

function recordsFindings(
  kind: RecordKind,
  { texts, matrix, kept }: RecordsCut,
  restore: readonly RepairName[],
): readonly Finding[] {
  const paths = pathsOf[kind]
  const elements = 'ends' in texts ? texts.ends.length : 0
  const rows = 'rows' in matrix ? matrix.rows : 0
  const ways: readonly RepairName[] = kept === undefined ? restore : [...restore, 'cut-base']
  const end =
    kept === undefined
      ? `cutting would not help: put back ${restore.length > 0 ? 'the copy with restore' : 'a backup'}`
      : `cut-base keeps the first ${kept} ${kind}, which have both; it trusts that what is missing is the end`
  const found: Finding[] = []
  const add = (code: FindingCode, path: DataPath, what: string) =>
    found.push(finding(code, path, `${what}; ${end}`, ...ways))
  if (texts.state === 'damaged') add('TEXTS_DAMAGED', paths.texts, texts.error.message)
  if (matrix.state === 'damaged') add('VECTORS_DAMAGED', paths.vectors, matrix.error.message)
  if (texts.state === 'missing' && matrix.state !== 'missing') {
    add('FILE_MISSING', paths.texts, `it is missing beside ${paths.vectors}`)
  }
  if (matrix.state === 'missing' && (texts.state === 'cut off' || elements > 0)) {
    add('FILE_MISSING', paths.vectors, `it is missing beside ${paths.texts}`)
  }
  if (texts.state === 'cut off') {
    const what = `it ends in the middle, behind ${elements} whole records; ${paths.vectors} has ${rows} rows`
    add('TEXTS_CUT_OFF', paths.texts, what)
  }
  if (matrix.state === 'cut off') {
    const what = `it ends after ${rows} of ${matrix.declared} rows; ${paths.texts} has ${elements} records`
    add('VECTORS_CUT_OFF', paths.vectors, what)
  }
  if (texts.state === 'whole' && matrix.state === 'whole' && elements !== rows) {
    add('ROWS_DIFFER', paths.vectors, `it has ${rows} rows, ${paths.texts} has ${elements} records`)
  }
  return found
}

function smallFindings({ clusters, manifest }: BaseCut, restore: readonly RepairName[]): readonly Finding[] {
  const found: Finding[] = []
  const ways: readonly RepairName[] = [...restore, 'cut-base']
  if (clusters !== undefined) {
    const how = 'cut-base leaves out what is wrong, or all; the nodes name their clusters themselves'
    found.push(finding('CLUSTERS_DAMAGED', storePaths.clusters, `${clusters.message}; ${how}`, ...ways))
  }
  if (manifest?.code === 'CORRUPT') {
    const how = 'cut-base writes a new one with the counts; keys of other programs stay in quarantine only'
    found.push(finding('MANIFEST_DAMAGED', storePaths.manifest, `${manifest.message}; ${how}`, ...ways))
  }
  if (manifest !== undefined && manifest.code !== 'CORRUPT') {
    found.push(finding('BASE_REFUSED', storePaths.manifest, manifest.message, ...restore))
  }
  return found
}

function placeIn(message: string): string {
  return Object.values(storePaths).find((path) => message.startsWith(path)) ?? '.'
}
