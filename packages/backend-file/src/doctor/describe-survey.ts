import { privatePaths, storePaths } from '../layout/store-paths.js'
import type { StoreState } from '../store/store-state.js'
import type { BaseRecordReport, DataFileReport, DirectoryReport, RecordCounts } from './directory-report.js'
import { type Finding, finding } from './finding.js'
import type { BaseSurvey } from './survey-base.js'

/** What is worth knowing although nothing is damaged. */
export function plainFindings(
  layout: DirectoryReport['layout'],
  state: StoreState | undefined,
  quarantine: DirectoryReport['quarantine'],
): readonly Finding[] {
  const found: Finding[] = []
  if (layout === 'other') found.push(finding('NOT_A_STORE', '.', 'there are files here, but no store'))
  const { nodes, episodes, unowned } = state ? countRecords(state) : { nodes: 0, episodes: 0, unowned: 0 }
  if (unowned > 0) {
    const message = `${unowned} of ${nodes} nodes and ${episodes} episodes have no owner, so that no scope sees them`
    found.push(finding('UNOWNED_RECORDS', '.', message))
  }
  if (quarantine.length > 0) {
    const bytes = quarantine.reduce((sum, file) => sum + file.bytes, 0)
    const what = `${quarantine.length} files (${bytes} bytes) that were cut off or replaced`
    const message = `${what}; nothing reads them: remove them when you need them no more`
    found.push(finding('QUARANTINE', privatePaths.quarantine, message))
  }
  return found
}

/** What a store holds. */
export function stateReport(
  state: StoreState,
): Pick<DirectoryReport, 'records' | 'dimensions' | 'embeddingModel'> {
  const { dimensions, embeddingModel } = state.settings
  return {
    records: countRecords(state),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(embeddingModel === undefined ? {} : { embeddingModel }),
  }
}

/** The published files, and whether they are as we left them. */
export function fileReports(survey: BaseSurvey): readonly DataFileReport[] {
  const { files, recorded, foreign, damaged } = survey
  const published = [...files].filter(([path]) => path !== storePaths.base)
  return published.map(([path, { file }]) => {
    const isRecorded = recorded?.has(path) === true
    const isChanged = foreign.includes(path) ? 'foreign' : damaged.includes(path) ? 'damaged' : undefined
    return { path, bytes: file.size, state: isChanged ?? (isRecorded ? 'recorded' : 'unrecorded') }
  })
}

export function recordReport({ record }: BaseSurvey): BaseRecordReport {
  if (record.state !== 'whole') return { state: record.state }
  return { state: 'whole', sequence: record.record.sequence, generation: record.record.generation }
}

function countRecords(state: StoreState): RecordCounts {
  const [nodes, episodes] = [state.index('nodes'), state.index('episodes')]
  let unowned = 0
  for (const index of [nodes, episodes]) {
    for (const row of index.all()) if (index.owner(row) === undefined) unowned += 1
  }
  return { nodes: nodes.count, episodes: episodes.count, unowned }
}
