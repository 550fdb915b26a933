import { type Logger, MemoryError } from '@holdfast/core'
import { IndexCache } from '../cache/index-cache.js'
import { diskFailure, ifPresent, onDisk, systemCode } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import type { DamagedJournal } from '../file-backend-options.js'
import { collectOperations } from '../journal/collect-operations.js'
import { JournalFollower } from '../journal/journal-follower.js'
import { journalNames } from '../journal/read-journals.js'
import { KeywordCache } from '../keyword/keyword-cache.js'
import { KeywordIndexes } from '../keyword/keyword-indexes.js'
import { privatePaths, storePaths } from '../layout/store-paths.js'
import type { StoreSettings } from '../layout/store-settings.js'
import { directoryBytes } from './directory-bytes.js'
import { FileGenerations } from './file-generations.js'
import { type OpenedBase, openBase } from './open-base.js'
import type { OpenedStore, ReadableState } from './opened-store.js'
import type { StoreState } from './store-state.js'
import { verifyStore } from './verify-store.js'

export interface FollowingStoreOptions {
  readonly files: FileSystem
  readonly dataDir: string
  readonly bootId: string
  readonly logger: Logger
  readonly damagedJournal: DamagedJournal
  /** See `FileBackendOptions`. */
  readonly memoryBudget: number
}

interface Followed {
  readonly state: StoreState
  readonly base: OpenedBase['base']
  readonly generations: FileGenerations
  readonly follower: JournalFollower
  /** Which base it was built from. */
  readonly version: string
  /** When the journals are damaged and it shows what is before: what they were then. */
  readonly damagedJournals: string | undefined
}

const maxAttempts = 100
/** Each reads the whole store. */
const maxVerifications = 10

/**
 * A store that another process may be writing to. Every read looks first whether that process has acknowledged more,
 * and applies it; when it has published new files, they are read instead of the old ones.
 */
export class FollowingStore implements OpenedStore {
  readonly keywords: KeywordIndexes
  readonly #options: FollowingStoreOptions
  #followed: Followed
  #catchingUp: Promise<void> | undefined
  #next: Promise<void> | undefined

  private constructor(options: FollowingStoreOptions, followed: Followed) {
    this.#options = options
    this.#followed = followed
    this.keywords = new KeywordIndexes({
      cache: new KeywordCache(options.files, options.dataDir, options.logger),
      published: () => this.#followed.base.publishedTexts,
      budget: options.memoryBudget / 4,
    })
  }

  /** @throws {MemoryError} `CORRUPT`, `FOREIGN_BASE`, `SCHEMA_AHEAD`, `CONFLICT`. */
  static async open(options: FollowingStoreOptions): Promise<FollowingStore> {
    return new FollowingStore(options, await load(options))
  }

  get settings(): StoreSettings {
    return this.#followed.state.settings
  }

  async read<T>(use: (state: ReadableState) => Promise<T>): Promise<T> {
    return onDisk('the store cannot be read', async () => {
      await this.#catchUp()
      const { state, generations } = this.#followed
      const hold = generations.hold()
      try {
        return await use(state)
      } finally {
        await hold.release()
      }
    })
  }

  bytes(): Promise<number> {
    const { files, dataDir } = this.#options
    return directoryBytes(files, dataDir)
  }

  async verify(signal: AbortSignal | undefined): Promise<readonly string[]> {
    const { files, dataDir } = this.#options
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.read(async (state) => {
        const { base, version } = this.#followed
        const result = await verifyStore({ files, dataDir, state, base, signal }).then(
          (problems) => ({ problems }),
          (error: unknown) => ({ error }),
        )
        // What another process publishes meanwhile looks like damage, and what it removes is missed.
        const isSettled =
          !('error' in result && systemCode(result.error) === 'ENOENT') &&
          (await baseVersion(this.#options)) === version &&
          (await versionOf(this.#options, privatePaths.commit)) === ''
        return { ...result, isSettled }
      })
      if ('problems' in outcome && outcome.problems.length === 0) return []
      if (!outcome.isSettled && attempt < maxVerifications) {
        signal?.throwIfAborted()
        continue
      }
      if ('error' in outcome) throw diskFailure(outcome.error, 'the store cannot be read')
      return outcome.problems
    }
  }

  async close(): Promise<void> {
    await this.#catchingUp?.catch(() => {})
    await letGo(this.#followed)
  }

  /** What was acknowledged before the call will be there when it resolves; so a call never joins one that has begun. */
  #catchUp(): Promise<void> {
    if (this.#catchingUp === undefined) return this.#start()
    this.#next ??= this.#catchingUp
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#start()
      })
    return this.#next
  }

  #start(): Promise<void> {
    const run = this.#look().finally(() => {
      if (this.#catchingUp === run) this.#catchingUp = undefined
    })
    this.#catchingUp = run
    return run
  }

  async #look(): Promise<void> {
    const { follower, version, damagedJournals } = this.#followed
    if ((await baseVersion(this.#options)) === version) {
      // Nobody can have written behind the damage.
      if (damagedJournals === undefined && (await follower.advance()) !== 'lost') return
      if (damagedJournals !== undefined && (await journalsVersion(this.#options)) === damagedJournals) return
    }
    const before = this.#followed
    this.#followed = await load(this.#options)
    await letGo(before)
  }
}

/** Reads the store as it is at one moment, although another process may be publishing. */
async function load(options: FollowingStoreOptions): Promise<Followed> {
  const { files, dataDir, bootId, logger, damagedJournal, memoryBudget } = options
  let last: unknown
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const version = await baseVersion(options)
    const commit = await versionOf(options, privatePaths.commit)
    const journals = damagedJournal === 'readPrefix' ? await journalsVersion(options) : undefined
    // When nothing was published meanwhile, what is wrong is wrong for good.
    const isFinal = async () =>
      (await baseVersion(options)) === version && (await versionOf(options, privatePaths.commit)) === commit
    let generations: FileGenerations | undefined
    let follower: JournalFollower | undefined
    try {
      const cache = new IndexCache({ files, dataDir, logger, isWritable: false })
      const { state, base } = await openBase(files, dataDir, 'read', { logger, cache, memoryBudget })
      const current = new FileGenerations([...base.files.values()], (error) =>
        logger.warn(`a file could not be closed: ${String(error)}`),
      )
      generations = current
      follower = new JournalFollower({
        files,
        directory: `${dataDir}/${privatePaths.journals}`,
        bootId,
        store: base.store,
        after: base.sequence,
        visit: async (transaction, file) =>
          state.apply(transaction.sequence, await collectOperations(transaction), file),
        onFile: (file) => current.add(file),
      })
      const outcome = await follower.advance()
      const followed = { state, base, generations: current, follower, version }
      if (outcome !== 'lost') return { ...followed, damagedJournals: undefined }
      last = follower.damage
      if (journals !== undefined && follower.damage !== undefined && (await isFinal())) {
        logger.warn(`${follower.damage.message}: what was written after that is not shown`)
        return { ...followed, damagedJournals: journals }
      }
      await current.close()
      await follower.close()
      // A journal went between finding and opening it, which is after its content was published: there is nothing wrong.
      if (last === undefined) continue
    } catch (error) {
      await generations?.close()
      await follower?.close()
      last = error
    }
    if (await isFinal()) break
  }
  throw last ?? new MemoryError('CONFLICT', 'the store is being written to all the time; try again')
}

/** Which base record is in place: every publication replaces it. */
function baseVersion(options: FollowingStoreOptions): Promise<string> {
  return versionOf(options, storePaths.base)
}

/** What the journals are. */
function journalsVersion({ files, dataDir }: FollowingStoreOptions): Promise<string> {
  return onDisk(privatePaths.journals, async () => {
    const directory = `${dataDir}/${privatePaths.journals}`
    const versions: string[] = []
    for (const name of await journalNames(files, directory)) {
      versions.push((await ifPresent(() => files.stat(`${directory}/${name}`)))?.version ?? '')
    }
    return versions.join(' ')
  })
}

async function versionOf({ files, dataDir }: FollowingStoreOptions, path: string): Promise<string> {
  return (await onDisk(path, () => ifPresent(() => files.stat(`${dataDir}/${path}`))))?.version ?? ''
}

async function letGo({ state, generations, follower }: Followed): Promise<void> {
  await follower.close()
  await generations.close()
  state.disposeCopies()
}
