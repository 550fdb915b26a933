import { dirname } from 'node:path'
import { IndexCache } from '../cache/index-cache.js'
import { onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import type { ResolvedOptions } from '../file-backend-options.js'
import { collectOperations } from '../journal/collect-operations.js'
import { journalHeaderLength } from '../journal/journal-header.js'
import { generationOf, markName } from '../journal/journal-name.js'
import { type OpenedJournal, openJournal } from '../journal/open-journal.js'
import { closeJournals, journalNames } from '../journal/read-journals.js'
import { privatePaths } from '../layout/store-paths.js'
import { withDimensions, withModel } from '../layout/store-settings.js'
import { DirectoryLock } from '../lock/directory-lock.js'
import { Publisher } from '../publish/publisher.js'
import { recordBase } from '../publish/record-base.js'
import { restoreCopy } from '../publish/restore-copy.js'
import type { Environment } from './environment.js'
import { FileGenerations } from './file-generations.js'
import { FileStore } from './file-store.js'
import { type OpenedBase, openBase, requireAsked } from './open-base.js'
import { StoreJournal } from './store-journal.js'

interface Opening {
  readonly options: ResolvedOptions
  readonly environment: Environment
  readonly dataDir: string
  /** Directories that were made for the store. */
  readonly made: readonly string[]
}

/**
 * Journals that may lie there when a store is opened; each takes a descriptor while it is open. A program that never
 * calls `close` leaves one each time.
 */
const manyJournals = 32

/**
 * Opens a store for writing, under its lock: brings the last publication to its end, reads what is published and
 * replays the journals. It can be interrupted anywhere and done again.
 */
export async function openWritable(opening: Opening): Promise<FileStore> {
  const { options, environment, dataDir } = opening
  const { files } = environment
  const lock = await DirectoryLock.take({ ...environment, dataDir })
  let opened: Awaited<ReturnType<typeof openParts>>
  try {
    const publisher = new Publisher({
      files,
      dataDir,
      durable: options.durability !== 'off',
      assertLocked: () => lock.assertHeld(),
      logger: options.logger,
    })
    await onDisk('published files could not be put in place', () =>
      publisher.recover(options.foreignBase !== 'refuse'),
    )
    if (options.foreignBase === 'restore') await restoreCopy(files, dataDir, publisher, options.logger)
    opened = await openParts(opening, lock, publisher)
  } catch (error) {
    await lock.release().catch(() => {})
    throw error
  }
  const { store, settle } = opened
  try {
    await settle()
    await applyOptions(store, options)
    return store
  } catch (error) {
    await store.close().catch(() => {})
    throw error
  }
}

/**
 * @returns the store, and what is to be published before it is used: files that another program has changed become its
 * own, and many journals go into the files.
 */
async function openParts(
  opening: Opening,
  lock: DirectoryLock,
  publisher: Publisher,
): Promise<{ readonly store: FileStore; readonly settle: () => Promise<void> }> {
  const { options, environment, dataDir, made } = opening
  const { files } = environment
  const { logger, durability } = options
  const adopts = options.foreignBase === 'adopt'
  const { smallTexts } = environment
  const cache = new IndexCache({ files, dataDir, logger, isWritable: true, smallTexts })
  const { memoryBudget } = options
  const opened = await openBase(files, dataDir, adopts ? 'adopt' : 'refuse', { logger, cache, memoryBudget })
  const { state, base, saved, foreign } = opened
  let replayed: OpenedJournal | undefined
  try {
    const bootId = await environment.bootId()
    replayed = await replay(opening, opened, lock, bootId)
    requireAsked(state.settings, options)
    if (durability !== 'off') {
      for (const path of made) await onDisk(path, () => files.syncDirectory(dirname(path)))
    }
    const { writer, journals } = replayed ?? { journals: [] }
    const generations = new FileGenerations(
      [...base.files.values(), ...journals.map(({ file }) => file)],
      (error) => logger.warn(`a file could not be closed: ${String(error)}`),
    )
    const journal = new StoreJournal(
      {
        environment,
        dataDir,
        durability,
        bootId,
        store: base.store,
        assertLocked: () => lock.assertHeld(),
        beforeFirst: () => recordBase(base, publisher, journal.generation),
        onFile: (file) => generations.add(file),
      },
      {
        writer,
        generation: Math.max(opened.generation, journals.at(-1)?.generation ?? 0) + (writer ? 1 : 0),
        nextSequence: state.sequence + 1,
      },
    )
    const { smallJournal, smallScope, fewCopies } = environment
    const parts = { state, base, saved, generations, journal, publisher, lock, cache }
    const store = new FileStore({
      ...parts,
      logger,
      files,
      dataDir,
      smallJournal,
      smallScope,
      fewCopies,
      memoryBudget,
    })
    const isPending = state.sequence !== base.sequence
    if (isPending) journal.countOlder(journals.reduce((sum, { file }) => sum + file.size, 0))
    else if (writer) await journal.remove(journal.generation - 1).catch(() => {})
    if (state.vanished.length > 0) {
      logger.warn(`the journal changes records that are not there any more: ${state.vanished.join(', ')}`)
    }
    const settle = async () => {
      // What was read is written down beside everything else; an open does not wait for it.
      for (const [kind, indexed] of opened.unsaved) cache.write(kind, indexed)
      if (foreign.length > 0) {
        if (isPending) await store.compact()
        else await recordBase(base, publisher, journal.generation)
      } else if (isPending && journals.length >= manyJournals) {
        await store.compact().catch((error: unknown) => {
          logger.warn(`${journals.length} journals could not be compacted: ${String(error)}`)
        })
      }
    }
    return { store, settle }
  } catch (error) {
    if (replayed) await discard(replayed, files, dataDir)
    await closeJournals(replayed?.journals ?? []).catch(() => {})
    await base.release().catch(() => {})
    throw error
  }
}

/** Applies the journals to the state, and begins a new one when there are any. */
async function replay(
  { options, environment, dataDir }: Opening,
  { state, base, generation }: OpenedBase,
  lock: DirectoryLock,
  bootId: string,
): Promise<OpenedJournal | undefined> {
  const { files, schedule } = environment
  const directory = `${dataDir}/${privatePaths.journals}`
  if ((await onDisk(privatePaths.journals, () => journalNames(files, directory))).length === 0)
    return undefined
  const opened = await openJournal({
    files,
    directory,
    quarantine: `${dataDir}/${privatePaths.quarantine}`,
    after: base.sequence,
    afterGeneration: generation,
    store: base.store,
    durability: options.durability,
    bootId,
    assertLocked: () => lock.assertHeld(),
    ...(schedule === undefined ? {} : { schedule }),
    visit: async (transaction, { file }) => {
      state.apply(transaction.sequence, await collectOperations(transaction), file)
    },
    visitAgain: async (transaction, file) => state.relocate(await collectOperations(transaction), file),
  })
  if (opened.quarantined > 0) {
    options.logger.warn(
      `${opened.quarantined} bytes of an unfinished write are in ${privatePaths.quarantine}`,
    )
  }
  return opened
}

/** Gives up a journal that was begun. One that nothing was written to must not stay, or each refused opening would leave one. */
async function discard({ writer }: OpenedJournal, files: FileSystem, dataDir: string): Promise<void> {
  const isEmpty = writer.end === journalHeaderLength
  const { path: name } = writer.stored
  await writer.close().catch(() => {})
  if (!isEmpty) return
  for (const left of [name, markName(generationOf(name) ?? 0)]) {
    await files.unlink(`${dataDir}/${privatePaths.journals}/${left}`).catch(() => {})
  }
}

async function applyOptions(
  store: FileStore,
  { dimensions, embeddingModel }: ResolvedOptions,
): Promise<void> {
  let settings = store.settings
  if (dimensions !== undefined) settings = withDimensions(settings, dimensions, 'the option dimensions')
  if (embeddingModel !== undefined) settings = withModel(settings, embeddingModel)
  if (settings === store.settings) return
  await store.write(
    () => 'everything',
    () => ({ operations: [], settings, result: undefined }),
    undefined,
  )
}
