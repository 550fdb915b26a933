import { checkOptions, type EmbeddingModel, type Logger, maxDimensions, silentLogger } from '@holdfast/core'

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
   * `full` (default): a write that resolved survives a power cut. `off`: nothing is synced; writes are quicker, a
   * killed process still loses nothing, but a power cut may lose or damage the store.
   */
  readonly durability?: 'full' | 'off'
  /** Opens without taking the writer's lock and without changing anything on disk. Default false. */
  readonly readOnly?: boolean
  /** Whether a missing or empty directory becomes a new store. Default true; never with `readOnly`. */
  readonly create?: boolean
  /**
   * The model that the vectors come from. It is stored with the data.
   * @throws {MemoryError} `EMBEDDING_MISMATCH` when the store has another one.
   */
  readonly embeddingModel?: EmbeddingModel
  /** Allows writing on a network or user-space file system, where locks may not reach other machines. Default false. */
  readonly allowNetworkFileSystem?: boolean
  /** Default: silent. */
  readonly logger?: Logger
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly dataDir: string
  readonly dimensions: number | undefined
  readonly durability: 'full' | 'off'
  readonly readOnly: boolean
  readonly create: boolean
  readonly embeddingModel: EmbeddingModel | undefined
  readonly allowNetworkFileSystem: boolean
  readonly logger: Logger
}

const known = [
  'dataDir',
  'dimensions',
  'durability',
  'readOnly',
  'create',
  'embeddingModel',
  'allowNetworkFileSystem',
  'logger',
]

/** @throws {TypeError|RangeError} for an option that is unknown or wrong. */
export function resolveOptions(options: FileBackendOptions): ResolvedOptions {
  checkOptions(options, known)
  const { dataDir, dimensions, durability = 'full', embeddingModel, logger = silentLogger } = options
  if (typeof dataDir !== 'string' || dataDir === '' || dataDir.includes('\0')) {
    throw new TypeError('dataDir must be a path')
  }
  if (durability !== 'full' && durability !== 'off') throw new TypeError("durability must be 'full' or 'off'")
  if (dimensions !== undefined) checkDimensionOption(dimensions, 'dimensions')
  const readOnly = flag(options.readOnly, 'readOnly', false)
  return {
    dataDir,
    dimensions,
    durability,
    readOnly,
    create: flag(options.create, 'create', true) && !readOnly,
    embeddingModel: embeddingModel === undefined ? undefined : checkEmbeddingModel(embeddingModel),
    allowNetworkFileSystem: flag(options.allowNetworkFileSystem, 'allowNetworkFileSystem', false),
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

function flag(value: unknown, name: string, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`)
  return value
}
