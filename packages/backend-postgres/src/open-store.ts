import { type EmbeddingModel, MemoryError } from '@holdfast/core'
import { adminAccess } from './connection/access.js'
import { checkEncoding } from './connection/check-encoding.js'
import { Database } from './connection/database.js'
import type { PoolLease } from './connection/pool-lease.js'
import type { QueryablePool } from './connection/queryable-pool.js'
import { openServerPool } from './connection/server-pool.js'
import type { Roles, Session } from './connection/session.js'
import { openEmbeddedPool } from './embedded/embedded-pool.js'
import { checkModel, storedModel, storeModel } from './embedding-model.js'
import { migrate } from './migrations/migrate.js'
import { readStoreState, type StoreState } from './migrations/store-state.js'
import { findVectorExtension } from './migrations/vector-extension.js'
import { ReadReplica } from './replica/read-replica.js'
import type { ResolvedOpenOptions } from './resolve-open-options.js'
import { checkRoughColumns } from './schema/rough-column.js'
import type { SchemaNames } from './schema/schema-names.js'
import { storedVectors } from './schema/stored-vectors.js'
import { KnownIndexes } from './search/known-indexes.js'
import type { Store } from './store.js'

export interface OpenStore {
  readonly store: Store
  readonly lease: PoolLease
  readonly embeddingModel: EmbeddingModel | undefined
}

/** Connects, brings the schema up to date as far as the options say, and checks that the store fits them. */
export async function openStore(options: ResolvedOpenOptions): Promise<OpenStore> {
  const lease = await openPool(options)
  const { logger, statementTimeoutMs, retryTimeoutMs } = options
  const database = new Database({
    ...{ pool: lease.pool, outlivedByPool: lease.isCallers },
    ...{ logger, statementTimeoutMs, retryTimeoutMs },
  })
  try {
    const { store, embeddingModel } = await checkedStore(database, lease.pool, options)
    return { ...openReplica(store, lease, options), embeddingModel }
  } catch (error) {
    await database.detach()
    await lease.end().catch((closing: unknown) => logger.warn(`closing failed: ${String(closing)}`))
    throw error
  }
}

/** The store with a replica for its reads, which is not connected to before the first of them. */
function openReplica(
  store: Store,
  lease: PoolLease,
  { replica, logger, statementTimeoutMs }: ResolvedOpenOptions,
): Pick<OpenStore, 'store' | 'lease'> {
  if (replica === undefined) return { store, lease }
  const { target, readYourWrites } = replica
  const own = target.kind === 'server' ? openServerPool(target) : callersPool(target.pool)
  const { pool, isCallers: outlivedByPool } = own
  // It is not tried again: the primary is there.
  const database = new Database({ pool, outlivedByPool, logger, statementTimeoutMs, retryTimeoutMs: 0 })
  const readReplica = new ReadReplica({ primary: store.database, replica: database, logger, readYourWrites })
  return {
    store: { ...store, replica: readReplica },
    lease: {
      ...lease,
      async end() {
        await database.detach()
        await Promise.all([lease.end(), own.end()])
      },
    },
  }
}

/** The pool that the options name. */
export function openPool({
  target,
  create,
  readOnly,
  logger,
}: ResolvedOpenOptions): PoolLease | Promise<PoolLease> {
  switch (target.kind) {
    case 'server':
      return openServerPool(target)
    case 'pool':
      return callersPool(target.pool)
    case 'embedded':
      return openEmbeddedPool(target.dataDir, create && !readOnly, logger)
    default:
      return target satisfies never
  }
}

function callersPool(pool: QueryablePool): PoolLease {
  return { pool, embedded: false, isCallers: true, end: () => Promise.resolve() }
}

async function checkedStore(
  database: Database,
  connections: object,
  options: ResolvedOpenOptions,
): Promise<Omit<OpenStore, 'lease'>> {
  const { names, embeddingModel, logger } = options
  const state = await currentState(database, options)
  for (const migration of state.unknown) {
    logger.warn(`schema ${names.plain} has the migration ${migration}, which is newer than this version`)
  }
  const { dimensions, layout } = storedVectors(state.settings)
  const stored = storedModel(state.settings)
  if (embeddingModel !== undefined) checkModel(embeddingModel, stored, dimensions)
  if (options.dimensions !== undefined && options.dimensions !== dimensions) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `schema ${names.plain} was made for ${dimensions} dimensions, not for ${options.dimensions}`,
    )
  }
  const { vector, roles } = await inspect(database, async (session) => {
    const vector = await findVectorExtension(session)
    if (layout === 'rough' && vector !== undefined) {
      await checkRoughColumns(session, { names, dimensions, extensionSchema: vector.schema })
    }
    return { vector, roles: state.rowLevelSecurity ? await assumableRoles(session, names) : undefined }
  })
  if (vector === undefined) {
    throw new MemoryError(
      'CONNECTION',
      'the database lacks the extension pgvector: run CREATE EXTENSION vector',
    )
  }
  if (roles === undefined && options.rowLevelSecurity === true) {
    throw new MemoryError('CONNECTION', `schema ${names.plain} has no row level security`)
  }
  const { approximateSearch } = options
  const store: Store = {
    ...{ database, connections, names, vector, dimensions, layout, roles, approximateSearch },
    indexes: new KnownIndexes(),
  }
  if (embeddingModel === undefined || stored !== undefined) return { store, embeddingModel: stored }
  if (options.readOnly) return { store, embeddingModel }
  return { store, embeddingModel: await storeModel(store, embeddingModel) }
}

/** @throws {MemoryError} `CONNECTION` when there is no store and none may be made, `SCHEMA_BEHIND`, `SCHEMA_AHEAD`. */
async function currentState(database: Database, options: ResolvedOpenOptions): Promise<StoreState> {
  const { names } = options
  const state = await inspect(database, async (session) => {
    await checkEncoding(session)
    return readStoreState(session, names)
  })
  const wanted = state.pending.filter(({ optional }) => !optional || options.rowLevelSecurity !== false)
  if (state.applied.size === 0 && !options.create) {
    throw new MemoryError('CONNECTION', `there is no store in the schema ${names.plain}`)
  }
  if (options.migrate === 'auto' && !options.readOnly && wanted.length > 0) {
    await migrate(database, options)
    return inspect(database, (session) => readStoreState(session, names))
  }
  const missing = state.pending.filter(({ optional }) => !optional)
  const usable = options.migrate === 'off' ? state.applied.size > 0 : missing.length === 0
  if (usable) return state
  throw new MemoryError(
    'SCHEMA_BEHIND',
    `schema ${names.plain} lacks ${missing.map(({ id, name }) => `${id} (${name})`).join(', ')}: open it once with migrate: 'auto', or run what printMigrations() gives`,
  )
}

/** @throws {MemoryError} `CONNECTION`, saying what to grant, when the database user may not act as the app role. */
async function assumableRoles(session: Session, names: SchemaNames): Promise<Roles> {
  const { rows } = await session.query(
    `SELECT pg_catalog.pg_has_role(current_user, $1,
       CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END), current_user`,
    [names.appRole],
  )
  const [assumable, user] = rows[0] ?? []
  if (assumable !== 't') {
    throw new MemoryError(
      'CONNECTION',
      `schema ${names.plain} has row level security, but the database user ${user} may not act as ${names.appRole}: GRANT "${names.appRole}" TO "${user}"`,
    )
  }
  return { app: names.appRole, admin: names.adminRole }
}

function inspect<T>(database: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return database.read({ access: adminAccess }, undefined, work)
}
