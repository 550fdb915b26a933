import type { FileSystem } from '../../src/disk/file-system.js'
import type { Durability, Schedule } from '../../src/journal/durability.js'
import type { JournalOperation } from '../../src/journal/journal-operation.js'
import { type OpenedJournal, openJournal } from '../../src/journal/open-journal.js'
import { closeJournals } from '../../src/journal/read-journals.js'
import type { CommitTrace } from '../simulated-disk/commit-trace.js'
import type { CrashExploration } from '../simulated-disk/explore-crashes.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import { fingerprint, modelOf, sampleOperations } from './sample-operations.js'

const directory = '/store/journal'

/** An open journal and what it held when it was opened. */
export interface JournalSession extends OpenedJournal {
  readonly transactions: readonly (readonly JournalOperation[])[]
  readonly sequences: readonly number[]
}

/** A timer that never fires: what it would sync is left to `close`. */
export const never: Schedule = () => () => {}

export async function openSession(files: FileSystem, durability: Durability): Promise<JournalSession> {
  const transactions: (readonly JournalOperation[])[] = []
  const sequences: number[] = []
  const opened = await openJournal({
    files,
    directory,
    quarantine: '/store/quarantine',
    after: 0,
    durability,
    schedule: never,
    visit: async ({ sequence, operations }) => {
      const found: JournalOperation[] = []
      for await (const { operation } of operations()) found.push(operation)
      transactions.push(found)
      sequences.push(sequence)
    },
  })
  return { ...opened, transactions, sequences }
}

export async function closeSession({ writer, journals }: JournalSession): Promise<void> {
  await closeJournals(journals)
  await writer.close()
}

/** `append`: transactions at the same moment. `abandon`: goes on without closing, as after the end of a process. */
export type Step = { readonly append: readonly number[] } | 'reopen' | 'abandon'

/** Runs steps, opening the journal again after it has failed. Never rejects. */
export async function runSteps(
  files: FileSystem,
  trace: CommitTrace<number>,
  steps: readonly Step[],
  durability: Durability,
): Promise<void> {
  let session: JournalSession | undefined
  for (const step of steps) {
    // A fault may have passed by the second time.
    session ??=
      (await openSession(files, durability).catch(() => undefined)) ??
      (await openSession(files, durability).catch(() => undefined))
    if (session === undefined) continue
    const { writer } = session
    if (typeof step === 'object') {
      const isUnknown = () => writer.failure !== undefined
      await Promise.all(
        step.append.map((number) =>
          trace.run(number, () => writer.append(sampleOperations(number)), isUnknown),
        ),
      )
    }
    if (typeof step === 'object' && writer.failure === undefined) continue
    if (step !== 'abandon') await closeSession(session).catch(() => {})
    session = undefined
  }
  if (session) await closeSession(session).catch(() => {})
}

export interface ExplorationParts {
  readonly seed: number
  readonly steps: readonly Step[]
  readonly durability?: Durability
  /** Puts a wrong disk between the journal and the right one. */
  readonly through?: (disk: SimulatedDisk) => FileSystem
}

/** The journal alone: its state is the list of its transactions. */
export function journalExploration({
  seed,
  steps,
  durability = 'full',
  through = (disk) => disk,
}: ExplorationParts): CrashExploration<number, JournalSession> {
  let next = 100_000
  return {
    seed,
    prepare: async (disk) => {
      await disk.mkdir('/store')
      await disk.mkdir(directory)
    },
    history: (disk, trace) => runSteps(through(disk), trace, steps, durability),
    open: (disk) => openSession(through(disk), durability),
    close: closeSession,
    read: async ({ transactions }) => transactions.map(fingerprint).join(' '),
    model: modelOf,
    extend: async ({ writer }) => {
      next += 1
      await writer.append(sampleOperations(next))
      return next
    },
    check: async ({ sequences, writer }, disk) => {
      const last = sequences.at(-1) ?? 0
      if (writer.nextSequence <= last) throw new Error(`${last} would be used again`)
      const left = (await disk.readdir(directory)).filter((name) => name.endsWith('.new'))
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
    },
    powerCutKeeps: durability === 'full' ? 'acked' : 'prefix',
  }
}
