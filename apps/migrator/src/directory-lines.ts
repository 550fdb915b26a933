import type { DirectoryReport, Finding, JournalReport } from '@holdfast/backend-file'
import { plural } from './plural.js'
import { printable } from './printable-text.js'
import type { DirectoryDoctorReport } from './run-doctor.js'
import type { RepairReport } from './run-repair.js'
import { verdictOf } from './verdict.js'

const layouts: Readonly<Record<DirectoryReport['layout'], string>> = {
  holdfast: 'a store of Holdfast',
  python: 'a directory of the Python system',
  empty: 'an empty directory',
  other: 'no store',
}

/** What `doctor` found in a directory, as lines for a reader. */
export function directoryLines({ store, directory }: DirectoryDoctorReport): readonly string[] {
  return [...contentLines(store, directory), ...findingLines(store, directory), verdictOf(directory)]
}

/** What `repair` did, as lines for a reader. */
export function repairLines({ store, directory, repairs }: RepairReport): readonly string[] {
  const done = repairs.flatMap(({ repair, done: lines, quarantined }) => [
    ...(lines.length === 0 ? [`${repair}: there was nothing to do`] : []),
    ...lines.map((line) => `${repair}: ${printable(line)}`),
    ...quarantined.map((path) => `  kept: ${printable(path)}`),
  ])
  const nothing = repairs.length === 0 ? ['Nothing was changed: name the repairs that are to be done.'] : []
  return [...done, ...nothing, ...findingLines(store, directory), verdictOf(directory)]
}

function contentLines(store: string, directory: DirectoryReport): readonly string[] {
  const { layout, bytes, records, dimensions, journals, pendingTransactions, holder } = directory
  const counts =
    records === undefined
      ? []
      : [
          plural(records.nodes, 'node'),
          plural(records.episodes, 'episode'),
          ...(dimensions === undefined ? [] : [plural(dimensions, 'dimension')]),
        ]
  return [
    `${printable(store)} is ${layouts[layout]}: ${[...counts, plural(bytes, 'byte')].join(', ')}`,
    ...(journals.length === 0
      ? []
      : [`${plural(journals.length, 'journal')}, ${plural(pendingTransactions, 'transaction')} to publish:`]),
    ...journals.map(journalLine),
    ...(holder === undefined
      ? []
      : [
          `Written to by process ${holder.pid} on ${printable(holder.host)}, which ${holder.isAlive ? 'runs' : 'has ended'}`,
        ]),
  ]
}

function journalLine({ name, bytes, end, sequences, transactions }: JournalReport): string {
  const range = sequences === undefined ? '' : `, from sequence ${sequences.first}`
  return `  ${name}: ${plural(bytes, 'byte')}, ${plural(transactions, 'transaction')}${range}, ${end}`
}

function findingLines(store: string, { findings }: DirectoryReport): readonly string[] {
  return findings.flatMap(({ severity, code, place, message, repairs }: Finding) => [
    `${severity} ${code} ${printable(place)}: ${printable(message)}`,
    ...repairs.map((repair) =>
      repair === 'next open'
        ? '  the next open for writing puts it in order'
        : `  holdfast-migrator repair ${quoted(printable(store))} --${repair}`,
    ),
  ])
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
