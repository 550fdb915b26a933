import { databaseLines } from './database-lines.js'
import { directoryLines, repairLines } from './directory-lines.js'
import { maintainLines } from './maintain-lines.js'
import { plural } from './plural.js'
import { printable } from './printable-text.js'
import type { RecordDifference } from './record-difference.js'
import type { CopyReport } from './run-copy.js'
import type { DoctorReport } from './run-doctor.js'
import type { MaintainCommandReport } from './run-maintain.js'
import type { RepairReport } from './run-repair.js'
import type { VerifyReport } from './run-verify.js'
import type { SourceSurvey } from './survey-source.js'
import type { RecordCounts, VerifyResult } from './verify-memories.js'

/** What a command has to say at its end. */
export type Report = CopyReport | VerifyReport | DoctorReport | RepairReport | MaintainCommandReport

/** What a command found, as lines for a reader. */
export function reportLines(report: Report): readonly string[] {
  if (report.command === 'doctor')
    return 'database' in report ? databaseLines(report) : directoryLines(report)
  if (report.command === 'repair') return repairLines(report)
  if (report.command === 'maintain') return maintainLines(report)
  const { from, to, source, comparison } = report
  const places = `from ${printable(from)} to ${printable(to)}`
  const compared = comparison === undefined ? [] : comparisonLines(comparison)
  if (report.command === 'verify') return [...skippedLines(source), ...compared]
  const { copied, alreadyThere, dryRun } = report
  const first = dryRun
    ? `Would copy ${plural(copied, 'record')} ${places}: ${countsText(source)}`
    : `Copied ${plural(copied, 'record')} ${places}`
  const there = alreadyThere === 0 ? [] : [`Left alone, there already: ${plural(alreadyThere, 'record')}`]
  return [first, ...there, ...skippedLines(source), ...compared]
}

function skippedLines({ unowned: { count, first } }: SourceSurvey): readonly string[] {
  if (count === 0) return []
  const listed = first.map(({ kind, id }) => `${kind === 'nodes' ? 'node' : 'episode'} ${printable(id)}`)
  const more = count > first.length ? [`and ${count - first.length} more`] : []
  return [`Left out, for want of an owner: ${plural(count, 'record')} (${[...listed, ...more].join(', ')})`]
}

function comparisonLines(result: VerifyResult): readonly string[] {
  if (result.equal) {
    return [
      `The same on both sides: ${countsText(result.from)}; order, owners, clusters, every field and bit`,
    ]
  }
  const { differenceCount, differences } = result
  const listed = differenceCount > differences.length ? `, the first ${differences.length} of them` : ''
  return [
    `Source: ${countsText(result.from)}`,
    `Target: ${countsText(result.to)}`,
    `${plural(differenceCount, 'difference')}${listed}:`,
    ...differences.flatMap(differenceLines),
  ]
}

function differenceLines({ kind, id, field, from, to }: RecordDifference): readonly string[] {
  const what = kind === 'nodes' ? 'node' : 'episode'
  const show = (value: string | undefined) => (value === undefined ? 'nothing' : printable(value))
  return [
    `  ${what} ${printable(id)}: ${printable(field)}`,
    `    source: ${show(from)}`,
    `    target: ${show(to)}`,
  ]
}

function countsText({ nodes, episodes, vectors }: RecordCounts): string {
  return `${plural(nodes, 'node')}, ${plural(episodes, 'episode')}, ${plural(vectors, 'vector')}`
}
