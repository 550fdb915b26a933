import { checkOptions, type EmbeddingModel, type Logger, maxDimensions, silentLogger } from '@holdfast/core'
import { type Durability, durabilityModes } from './journal/durability.js'

/** How `FileBackend.open` opens a store. */
export interface FileBackendOptions {
  /** The data directory. Made when it does not exist, unless `readOnly` is set or `create` is false. */
  readonly dataDir: string
  /**
   * Values a vector has, 1 to 16,000. Default: what the store has; in an empty one the first vector decides.
   * @throws {MemoryError} `DIMENSION_MISMATCH` when the store has another number.
   */
  readonly dimensions?: number
  /**
   * What a write that resolved survives. `full` (default): a power cut; writes that are called at the same time share
   * one sync. `normal`: the end of the process; a power cut may take the last 100 ms, never a part in the middle.
   * `off`: the end of the process; a power cut may lose or damage the store.
   */
  readonly durability?: Durability
  /**
   * Opens without taking the writer's lock and without changing anything on disk. Every read sees what a writer in
   * another process has acknowledged by then. Default false.
   */
  readonly readOnly?: boolean
  /**
   * What to do, with `readOnly`, when a journal is damaged. `refuse` (default): `CORRUPT`. `readPrefix`: show what was
   * written before the damage, and tell the logger its place. Nothing is repaired: see `repairDirectory`.
   */
  readonly damagedJournal?: DamagedJournal
  /**
   * What to do when another program has changed the published files. `refuse` (default): `FOREIGN_BASE`. `adopt`: go
   * on from what it left, and apply the journal to that, by owner and id. `restore`: put back the copy that was kept
   * when they were last published by `close` or `admin.compact`; what the other program wrote goes to quarantine.
   */
  readonly foreignBase?: ForeignBase
  /** Whether a missing or empty directory becomes a new store. Default true; never with `readOnly`. */
  readonly create?: boolean
  /**
   * The model that the vectors come from. It is stored with the data.
   * @throws {MemoryError} `EMBEDDING_MISMATCH` when the store has another one.
   */
  readonly embeddingModel?: EmbeddingModel
  /** Allows writing on a network or user-space file system, where locks may not reach other machines. Default false. */
  readonly allowNetworkFileSystem?: boolean
  /**
   * Bytes of memory for the int8 copies of node vectors, which searches are made with; a quarter of it each for those
   * of episodes and for word indexes, and a 32nd for what filters ask of texts. What does not fit is dropped, of the
   * owners that were not searched for longest first, and made again when it is needed; the copies of a scope that is
   * larger alone are not kept. Default 1 GiB: a million vectors of 1,024 values.
   */
  readonly memoryBudget?: number
  /** Default: silent. */
  readonly logger?: Logger
}

export const foreignBaseModes = ['refuse', 'adopt', 'restore'] as const
export type ForeignBase = (typeof foreignBaseModes)[number]

export const damagedJournalModes = ['refuse', 'readPrefix'] as const
export type DamagedJournal = (typeof damagedJournalModes)[number]

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly dataDir: string
  readonly dimensions: number | undefined
  readonly durability: Durability
  readonly readOnly: boolean
  readonly damagedJournal: DamagedJournal
  readonly foreignBase: ForeignBase
  readonly create: boolean
  readonly embeddingModel: EmbeddingModel | undefined
  readonly allowNetworkFileSystem: boolean
  readonly memoryBudget: number
  readonly logger: Logger
}

const defaultMemoryBudget = 1 << 30

const known = [
  'dataDir',
  'dimensions',
  'durability',
  'readOnly',
  'damagedJournal',
  'foreignBase',
  'create',
  'embeddingModel',
  'allowNetworkFileSystem',
  'memoryBudget',
  'logger',
]

/** @throws {TypeError|RangeError} for an option that is unknown or wrong. */
export function resolveOptions(options: FileBackendOptions): ResolvedOptions {
  checkOptions(options, known)
  const { dataDir, dimensions, embeddingModel, logger = silentLogger } = options
  if (typeof dataDir !== 'string' || dataDir === '' || dataDir.includes('\0')) {
    throw new TypeError('dataDir must be a path')
  }
  const durability = choice(options.durability, 'durability', durabilityModes, 'full')
  const foreignBase = choice(options.foreignBase, 'foreignBase', foreignBaseModes, 'refuse')
  if (dimensions !== undefined) checkDimensionOption(dimensions, 'dimensions')
  const readOnly = flag(options.readOnly, 'readOnly', false)
  if (readOnly && foreignBase !== 'refuse') throw new TypeError('foreignBase does not go with readOnly')
  const damagedJournal = choice(options.damagedJournal, 'damagedJournal', damagedJournalModes, 'refuse')
  if (!readOnly && damagedJournal !== 'refuse') throw new TypeError('damagedJournal goes with readOnly only')
  return {
    dataDir,
    dimensions,
    durability,
    readOnly,
    damagedJournal,
    foreignBase,
    create: flag(options.create, 'create', true) && !readOnly,
    embeddingModel: embeddingModel === undefined ? undefined : checkEmbeddingModel(embeddingModel),
    allowNetworkFileSystem: flag(options.allowNetworkFileSystem, 'allowNetworkFileSystem', false),
    memoryBudget: byteCount(options.memoryBudget, 'memoryBudget', defaultMemoryBudget),
    logger,
  }
}

/** A copy. @throws {TypeError|RangeError} when it is no such description. */
export function checkEmbeddingModel(value: EmbeddingModel): EmbeddingModel {
  checkOptions(value, ['provider', 'model', 'dimensions'])
  const { provider, model, dimensions } = value
  if (typeof provider !== 'string' || typeof model !== 'string') {
    throw new TypeError('embeddingModel must name a provider and a model')
  }
  checkDimensionOption(dimensions, 'embeddingModel.dimensions')
  return { provider, model, dimensions }
}

function checkDimensionOption(value: unknown, name: string): void {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`${name} must be an integer`)
  if (value < 1 || value > maxDimensions) throw new RangeError(`${name} must be 1 to ${maxDimensions}`)
}

function choice<T extends string>(value: unknown, name: string, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback
  const found = choices.find((known) => known === value)
  if (found === undefined)
    throw new TypeError(`${name} must be ${choices.map((known) => `'${known}'`).join(' or ')}`)
  return found
}

function byteCount(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`${name} must be an integer`)
  if (value < 0) throw new RangeError(`${name} must be at least 0`)
  return value
}

function flag(value: unknown, name: string, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`)
  return value
}
