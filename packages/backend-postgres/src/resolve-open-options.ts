import {
  defaultDimensions,
  type EmbeddingModel,
  type Logger,
  MemoryError,
  maxDimensions,
  silentLogger,
} from '@holdfast/core'
import type { QueryablePool } from './connection/queryable-pool.js'
import type { PostgresOpenOptions } from './open-options.js'
import { type SchemaNames, schemaNames } from './schema/schema-names.js'

/** A server to connect to, as `pg.Pool` takes it. */
export interface ServerTarget {
  readonly kind: 'server'
  readonly connectionString?: string
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  readonly password?: string
  readonly ssl?: boolean | object
  readonly maxConnections: number
  readonly connectTimeoutMs: number
}

export type ResolvedTarget =
  | ServerTarget
  | { readonly kind: 'pool'; readonly pool: QueryablePool }
  | { readonly kind: 'embedded'; readonly dataDir: string }

export interface ResolvedReplica {
  readonly target: Exclude<ResolvedTarget, { readonly kind: 'embedded' }>
  readonly readYourWrites: boolean
}

export interface ResolvedOpenOptions {
  readonly target: ResolvedTarget
  readonly names: SchemaNames
  /** What the caller asks for; `undefined` takes what the store has. */
  readonly dimensions: number | undefined
  /** For a store that is made now. */
  readonly newDimensions: number
  readonly rowLevelSecurity: 'auto' | boolean
  readonly migrate: 'auto' | 'check' | 'off'
  readonly create: boolean
  readonly embeddingModel: EmbeddingModel | undefined
  readonly approximateSearch: boolean
  readonly readOnly: boolean
  readonly statementTimeoutMs: number | undefined
  readonly retryTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly replica: ResolvedReplica | undefined
  readonly logger: Logger
}

const serverKeys = [
  'connectionString',
  'host',
  'port',
  'database',
  'user',
  'password',
  'ssl',
  'maxConnections',
]
const knownKeys = new Set([
  ...serverKeys,
  ...['pool', 'embedded', 'dimensions', 'schema', 'rowLevelSecurity', 'migrate', 'create', 'embeddingModel'],
  ...[
    'approximateSearch',
    'readOnly',
    'statementTimeoutMs',
    'retryTimeoutMs',
    'closeTimeoutMs',
    'connectTimeoutMs',
    'replica',
    'logger',
  ],
])

/**
 * Checks what `open` was given and fills in the defaults.
 * @throws {TypeError|RangeError} for a mistake in the calling program; {MemoryError} `CONFIG_INVALID` for values that
 * come from a configuration, `DIMENSION_MISMATCH` when `dimensions` and the model's differ.
 */
export function resolveOpenOptions(options: PostgresOpenOptions): ResolvedOpenOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object')
  const given: Readonly<Record<string, unknown>> = { ...options }
  for (const key of Object.keys(given)) {
    if (!knownKeys.has(key)) throw new TypeError(`unknown option ${JSON.stringify(key)}`)
  }
  const target = resolveTarget(options, given)
  const model = options.embeddingModel
  const dimensions = checkedDimensions(options.dimensions, model)
  return {
    target,
    names: schemaNames(options.schema ?? 'holdfast'),
    dimensions,
    newDimensions: dimensions ?? defaultDimensions,
    rowLevelSecurity: choice(options.rowLevelSecurity ?? 'auto', 'rowLevelSecurity', ['auto', true, false]),
    migrate: choice(options.migrate ?? 'auto', 'migrate', ['auto', 'check', 'off']),
    create: choice(options.create ?? true, 'create', [true, false]),
    embeddingModel: model,
    approximateSearch: choice(options.approximateSearch ?? true, 'approximateSearch', [true, false]),
    readOnly: choice(options.readOnly ?? false, 'readOnly', [true, false]),
    statementTimeoutMs:
      integer(options.statementTimeoutMs, 'statementTimeoutMs', 0, 2 ** 31 - 1) ??
      (target.kind === 'server' ? 60_000 : undefined),
    retryTimeoutMs: integer(options.retryTimeoutMs, 'retryTimeoutMs', 0, 2 ** 31 - 1) ?? 30_000,
    closeTimeoutMs: integer(options.closeTimeoutMs, 'closeTimeoutMs', 0, 2 ** 31 - 1) ?? 30_000,
    replica: resolveReplica(options, target.kind),
    logger: options.logger ?? silentLogger,
  }
}

function resolveReplica(
  { replica, connectTimeoutMs }: PostgresOpenOptions,
  kind: ResolvedTarget['kind'],
): ResolvedReplica | undefined {
  if (replica === undefined) return undefined
  if (kind === 'embedded') throw new TypeError('an embedded database has no replica')
  if (typeof replica !== 'object' || replica === null) throw new TypeError('replica must be an object')
  const { readYourWrites = true, ...place } = replica
  const unknown = Object.keys(place).find(
    (key) => !['connectionString', 'maxConnections', 'pool'].includes(key),
  )
  if (unknown !== undefined) throw new TypeError(`replica has the unknown option ${JSON.stringify(unknown)}`)
  const target = resolveTarget(
    { ...place, ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }) },
    { ...place },
  )
  if (target.kind === 'embedded') throw new TypeError('an embedded database is no replica')
  return { target, readYourWrites: choice(readYourWrites, 'replica.readYourWrites', [true, false]) }
}

function resolveTarget(
  options: PostgresOpenOptions,
  given: Readonly<Record<string, unknown>>,
): ResolvedTarget {
  const kinds = [
    'pool' in options && options.pool !== undefined,
    'embedded' in options && options.embedded !== undefined,
    serverKeys.some((key) => given[key] !== undefined),
  ].filter(Boolean)
  if (kinds.length !== 1) {
    throw new TypeError('give exactly one of connectionString or host, pool, and embedded')
  }
  if ('pool' in options) return { kind: 'pool', pool: options.pool }
  if ('embedded' in options) {
    const dataDir = options.embedded?.dataDir
    if (typeof dataDir !== 'string' || dataDir === '') throw new TypeError('embedded.dataDir must be a path')
    return { kind: 'embedded', dataDir }
  }
  const { maxConnections, ...server } = options as Partial<ServerTarget>
  if (server.connectionString !== undefined) checkConnectionString(server.connectionString)
  const connection = Object.fromEntries(
    serverKeys
      .filter((key) => key !== 'maxConnections' && given[key] !== undefined)
      .map((key) => [key, given[key]]),
  )
  return {
    kind: 'server',
    ...connection,
    maxConnections: integer(maxConnections, 'maxConnections', 1, 1000) ?? 10,
    connectTimeoutMs: integer(options.connectTimeoutMs, 'connectTimeoutMs', 1, 2 ** 31 - 1) ?? 10_000,
  }
}

/** The URL parser's own error holds the URL, and with it the password, so it is not passed on as the cause. */
function checkConnectionString(text: string): void {
  const isUrl = /^postgres(ql)?:\/\//.test(text)
  if (!isUrl || !URL.canParse(text.replace('@/', '@localhost/'))) {
    throw new MemoryError(
      'CONFIG_INVALID',
      'connectionString must be a URL such as postgres://user@host:5432/database',
    )
  }
}

function checkedDimensions(dimensions: unknown, model: EmbeddingModel | undefined): number | undefined {
  const checked = integer(dimensions, 'dimensions', 1, maxDimensions)
  const ofModel = integer(model?.dimensions, 'embeddingModel.dimensions', 1, maxDimensions)
  if (checked !== undefined && ofModel !== undefined && checked !== ofModel) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `dimensions is ${checked}, but the embedding model has ${ofModel}`,
    )
  }
  return checked ?? ofModel
}

function integer(value: unknown, name: string, min: number, max: number): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`${name} must be an integer`)
  if (value < min || value > max) throw new RangeError(`${name} must be ${min} to ${max}, not ${value}`)
  return value
}

function choice<const T>(value: unknown, name: string, choices: readonly T[]): T {
  const found = choices.find((candidate) => candidate === value)
  if (found === undefined) throw new TypeError(`${name} must be one of ${choices.join(', ')}`)
  return found
}
