import { MemoryError } from '@holdfast/core'
import { storePaths } from '../layout/store-paths.js'
import type { CopyReport } from './directory-report.js'
import { type Finding, finding } from './finding.js'
import { contentFindings } from './inspect-content.js'
import { describeReset, type RecordReset } from './record-reset.js'
import type { RepairName } from './repair-name.js'
import type { BaseSurvey } from './survey-base.js'
import { isRestorable } from './survey-copy.js'

/** What is wrong with the published files. */
export async function baseFindings(
  survey: BaseSurvey,
  copies: readonly CopyReport[],
  reset: RecordReset,
): Promise<readonly Finding[]> {
  const unreadable = [...survey.unreadable].map(([path, error]) =>
    finding('FILE_UNREADABLE', path, error.message),
  )
  if (unreadable.length > 0) return unreadable
  const changed = [...survey.foreign, ...survey.damaged]
  const isWayBack = survey.record.state === 'whole' && changed.length > 0 && isRestorable(copies, changed)
  const restore: readonly RepairName[] = isWayBack ? ['restore'] : []
  return [
    ...changeFindings(survey, restore, reset),
    ...(survey.base instanceof MemoryError ? await contentFindings(survey, survey.base, restore) : []),
  ]
}

function changeFindings(
  { record, recorded, foreign, damaged, files, base }: BaseSurvey,
  restore: readonly RepairName[],
  reset: RecordReset,
): readonly Finding[] {
  const place = storePaths.base
  if (record.state === 'ahead') return [finding('SCHEMA_AHEAD', place, record.error.message)]
  if (record.state === 'damaged') {
    return [
      finding(
        'BASE_RECORD_DAMAGED',
        place,
        `${record.error.message}; ${describeReset(reset)}`,
        'reset-record',
      ),
    ]
  }
  const isAdoptable = !(base instanceof MemoryError)
  const adopt: readonly RepairName[] = isAdoptable ? ['adopt'] : []
  if (record.state === 'missing' && recorded !== undefined && foreign.length > 0) {
    const message = `there are journals, and nothing says which files they build on; ${describeReset(reset)}`
    return [
      finding('BASE_RECORD_MISSING', place, message, 'reset-record', ...(reset.isFromFirst ? adopt : [])),
    ]
  }
  const ways = [...restore, ...adopt]
  const found = damaged.map((path) => {
    const message = 'the disk gives other bytes than were published (checksum)'
    return finding('FILE_DAMAGED', path, `${message}; ${costs(ways)}`, ...ways)
  })
  if (foreign.length === 0) return found
  const named = foreign.map((path) => (files.has(path) ? path : `${path} (gone)`)).join(', ')
  const message = `another program has changed ${named} since Holdfast last wrote there; ${costs(ways)}`
  return [...found, finding('FOREIGN_BASE', '.', message, ...ways)]
}

function costs(ways: readonly RepairName[]): string {
  const texts = [
    ways.includes('restore')
      ? 'restore puts back what was published'
      : 'there is no copy of what was published to restore',
    ways.includes('adopt')
      ? 'adopt goes on from the files as they are'
      : 'they cannot be adopted as they are: see the other findings',
  ]
  return texts.join('; ')
}
