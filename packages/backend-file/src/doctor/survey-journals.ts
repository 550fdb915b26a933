import { MemoryError } from '@holdfast/core'
import { type JournalFile, type JournalsRead, readJournals } from '../journal/read-journals.js'
import type { JournalTransaction } from '../journal/scan-journal.js'
import { findReadable } from './find-readable.js'
import type { FoundJournal } from './open-found-journals.js'

/**
 * Where the journals end too early. `corrupt`: in the middle of one. `header`: before one whose header is damaged.
 * `gap`: before one that starts too late. `refused`: before an intact transaction that does not fit the files.
 */
export interface JournalDamage {
  readonly kind: 'corrupt' | 'header' | 'gap' | 'refused'
  readonly name: string
  readonly error: MemoryError
  /** Sequence of the first transaction that cannot be had. */
  readonly firstLost: number
  /** Whole transactions of that and later sequences which can still be read, but do not follow on. */
  readonly readableLater: number
}

export interface JournalsSurvey {
  /** One more than the sequence of the last transaction that follows on. */
  readonly nextSequence: number
  /** Transactions that follow on behind the base. */
  readonly pending: number
  /** From this sequence on only the system's cache may hold what follows on. */
  readonly firstUnproven: number | undefined
  readonly torn: JournalsRead['torn']
  readonly damage: JournalDamage | undefined
  /** Journals with a damaged header whose content no longer counts. */
  readonly superfluous: readonly FoundJournal[]
}

/**
 * Reads what an open would apply, up to the first damage.
 * @param after the last sequence that the base holds.
 * @param visit may refuse a transaction by throwing a `MemoryError`.
 */
export async function surveyJournals(
  found: readonly FoundJournal[],
  after: number,
  visit: (transaction: JournalTransaction, journal: JournalFile) => Promise<void>,
): Promise<JournalsSurvey> {
  const opened = await Promise.all(found.map(async (each) => (each.error ? undefined : each.scan())))
  // From the newest one on that begins no later than the base ends, older ones do not count.
  const start = opened.findLastIndex(
    (journal) => journal !== undefined && journal.scan.header.startSequence <= after + 1,
  )
  const bad = found.findIndex(({ error }, index) => error !== undefined && index > start)
  const usable = opened.slice(0, bad < 0 ? undefined : bad).filter((journal) => journal !== undefined)
  let pending = 0
  let nextSequence = after + 1
  let refused: { readonly error: MemoryError; readonly name: string } | undefined
  const read = await readJournals(usable, after, async (transaction, journal) => {
    if (refused !== undefined) return
    try {
      await visit(transaction, journal)
    } catch (error) {
      if (!(error instanceof MemoryError)) throw error
      refused = { error, name: journal.name }
      return
    }
    pending += 1
    nextSequence = transaction.sequence + 1
  })
  const place = placeOf(read, refused, found, bad)
  const damage = place && {
    ...place,
    firstLost: nextSequence,
    readableLater: await countLater(found, place.name, nextSequence),
  }
  const superfluous = found.filter(({ error }, index) => error?.code === 'CORRUPT' && index < start)
  const firstUnproven = read.unproven[0]?.firstSequence
  return { nextSequence, pending, firstUnproven, torn: damage ? undefined : read.torn, damage, superfluous }
}

function placeOf(
  { damage, damaged, nextSequence }: JournalsRead,
  refused: { readonly error: MemoryError; readonly name: string } | undefined,
  found: readonly FoundJournal[],
  bad: number,
): Pick<JournalDamage, 'kind' | 'name' | 'error'> | undefined {
  if (refused !== undefined) return { kind: 'refused', ...refused }
  if (damage !== undefined && damaged !== undefined) {
    const { name, scan } = damaged
    if (scan.header.startSequence > nextSequence) return { kind: 'gap', name, error: damage }
    const isBroken = scan.end.kind === 'corrupt' || scan.end.kind === 'torn'
    if (isBroken) return { kind: 'corrupt', name, error: damage }
    // It is whole, and the next one goes on too far behind it.
    const next = found[found.findIndex((each) => each.name === name) + 1]
    return { kind: 'gap', name: next?.name ?? name, error: damage }
  }
  const { name, error } = found[bad] ?? {}
  return name === undefined || error === undefined ? undefined : { kind: 'header', name, error }
}

/** Whole transactions from a sequence on, in the damaged journal and in later ones. */
async function countLater(found: readonly FoundJournal[], name: string, from: number): Promise<number> {
  const sequences = new Set<number>()
  const own = found.find(({ error }) => error === undefined)?.store
  for (const { file, error, store } of found.slice(found.findIndex((each) => each.name === name))) {
    if (error !== undefined && error.code !== 'CORRUPT') continue
    if (store !== undefined && store !== own) continue
    for await (const sequence of findReadable(file)) if (sequence >= from) sequences.add(sequence)
  }
  return sequences.size
}
