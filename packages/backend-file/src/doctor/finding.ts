import type { RepairName } from './repair-name.js'

/** What `inspectDirectory` can find, by how much it matters. The codes are API, the messages are not. */
export const findingCodes = {
  info: [
    /** A process writes here. */
    'WRITER_ACTIVE',
    /** The process that wrote here has ended without closing the store. */
    'OWNER_LEFT',
    /** A publication was interrupted after its commit. */
    'PUBLICATION_UNFINISHED',
    /** Writes that the files do not hold yet. */
    'JOURNAL_PENDING',
    /** A write that was never finished, and that nobody was told of. */
    'JOURNAL_TORN',
    /** Files of something that came to nothing. */
    'LEFTOVERS',
    /** Records that no scope sees. */
    'UNOWNED_RECORDS',
    /** What was cut off or replaced in the past. */
    'QUARANTINE',
  ],
  warning: [
    /** Nobody can tell whose the lock is. */
    'OWNER_DAMAGED',
    /** A write was acknowledged and is not there. */
    'ACKNOWLEDGED_LOST',
  ],
  error: [
    /** There are files here, and none is a store's. */
    'NOT_A_STORE',
    'FILE_UNREADABLE',
    'SCHEMA_AHEAD',
    'COMMIT_DAMAGED',
    'STAGED_FILE_DAMAGED',
    'BASE_RECORD_DAMAGED',
    'BASE_RECORD_MISSING',
    /** Another program has changed the files. */
    'FOREIGN_BASE',
    /** The disk gives other bytes than were written. */
    'FILE_DAMAGED',
    'FILE_MISSING',
    'TEXTS_CUT_OFF',
    'TEXTS_DAMAGED',
    'VECTORS_CUT_OFF',
    'VECTORS_DAMAGED',
    'ROWS_DIFFER',
    'CLUSTERS_DAMAGED',
    'MANIFEST_DAMAGED',
    /** The files contradict each other in another way. */
    'BASE_REFUSED',
    /** A record that cannot be read in full. */
    'CONTENT_DAMAGED',
    'JOURNAL_CORRUPT',
    'JOURNAL_HEADER_DAMAGED',
    'JOURNAL_GAP',
    /** An intact transaction that does not fit the files. */
    'JOURNAL_REFUSED',
  ],
} as const

export type Severity = keyof typeof findingCodes
export type FindingCode = (typeof findingCodes)[Severity][number]

/** One thing that `inspectDirectory` found. */
export interface Finding {
  readonly code: FindingCode
  /**
   * `info`: nothing is wrong. `warning`: the store can be used, but something was lost or may stand in the way.
   * `error`: opening it for writing, or reading all of it, fails.
   */
  readonly severity: Severity
  /** The file or directory, relative to the data directory; `.` for that itself. */
  readonly place: string
  /** What it is, in words, and what the repair would cost. */
  readonly message: string
  /** What would put it in order: a repair, one of several, or the next open for writing. Empty: nothing here can. */
  readonly repairs: readonly (RepairName | 'next open')[]
}

const severities: ReadonlyMap<string, Severity> = new Map(
  (['info', 'warning', 'error'] as const).flatMap((severity) =>
    findingCodes[severity].map((code) => [code, severity] as const),
  ),
)

export function finding(
  code: FindingCode,
  place: string,
  message: string,
  ...repairs: readonly (RepairName | 'next open')[]
): Finding {
  return { code, severity: severities.get(code) ?? 'error', place, message, repairs }
}
