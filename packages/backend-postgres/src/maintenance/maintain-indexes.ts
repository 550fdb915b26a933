import {
  type CallContext,
  type MaintainReport,
  MemoryError,
  type Owner,
  type OwnerIndexReport,
  type ResolvedMaintain,
} from '@holdfast/core'
import { sqlStateOf } from '../connection/sql-error.js'
import { episodeKind, nodeKind } from '../records/record-kind.js'
import type { IndexElement } from '../search/index-element.js'
import type { Store } from '../store.js'
import { type BuildOptions, buildIndex, dropIndex, indexElement } from './build-index.js'
import { checkOwnership } from './check-ownership.js'
import { checkRecall } from './check-recall.js'
import { isSingleSession, withMaintenanceLock } from './maintenance-lock.js'
import { noteRecall, putOwnerIndex, removeOwnerIndex } from './owner-index.js'
import { type PlannedIndex, planIndexes } from './plan-indexes.js'
import { surveyOwners, vectorTables } from './survey-owners.js'

type OwnedIndex = PlannedIndex & { readonly ownerKey: string; readonly element: IndexElement }
type MaintainRequest = ResolvedMaintain & CallContext

/**
 * Gives every large owner an HNSW index over its vectors alone, and takes it from those that no longer are.
 *
 * A search asks only for an index that the table `owner_index` calls ready. It is called that after it has been built
 * whole and has found enough of the true nearest, and not any more before it is dropped. So a search never depends on
 * what is being done here, and a run that ends early leaves at worst an index that nobody asks for.
 *
 * A replica takes no part: one that has not got the new index yet would compare everything when the index is checked.
 * @throws {MemoryError} `LOCKED`, `NOT_SUPPORTED` with pgvector before 0.8, `CONNECTION` when the user does not own the
 * tables or may not create in the schema (before anything is written), and behind a pooler when a build needs settings
 * that cannot be made there.
 */
export async function maintainIndexes(opened: Store, request: MaintainRequest): Promise<MaintainReport> {
  const store: Store = { ...opened, replica: undefined }
  if (!store.vector.iterativeScans) {
    throw new MemoryError(
      'NOT_SUPPORTED',
      'indexes need pgvector 0.8 or later: ALTER EXTENSION vector UPDATE',
    )
  }
  const singleSession = await isSingleSession(store, request)
  await checkOwnership(store, request)
  try {
    return await withMaintenanceLock(store, singleSession, () =>
      new Maintenance(store, request, singleSession).run(),
    )
  } catch (error) {
    if (sqlStateOf(error) !== '42501') throw error
    const message = `maintenance makes and drops indexes, which only the owner of the tables of ${store.names.plain} may: connect as that user`
    throw new MemoryError('CONNECTION', message, { cause: error })
  }
}

class Maintenance {
  readonly #store: Store
  readonly #request: MaintainRequest
  readonly #singleSession: boolean
  readonly #reports: OwnerIndexReport[] = []
  #total = 0
  #hasChanged = false

  constructor(store: Store, request: MaintainRequest, singleSession: boolean) {
    this.#store = store
    this.#request = request
    this.#singleSession = singleSession
  }

  async run(): Promise<MaintainReport> {
    const { minRows, maxIndexes } = this.#request
    this.#tell('survey', undefined)
    const survey = await surveyOwners(this.#store, minRows, this.#request)
    const element = indexElement(this.#store, this.#singleSession)
    const plan = planIndexes(survey, { minRows, maxIndexes, impossible: element === undefined })
    this.#total = plan.length
    for (const index of plan) {
      this.#request.signal?.throwIfAborted()
      this.#reports.push(await this.#carryOut(index, element))
    }
    if (this.#hasChanged) await this.#refreshStatistics()
    return { indexes: this.#reports }
  }

  async #carryOut(index: PlannedIndex, element: IndexElement | undefined): Promise<OwnerIndexReport> {
    const { action, table, ownerKey, rows, recall, reason } = index
    const kind: OwnerIndexReport['kind'] = table === 'node_vector' ? 'nodes' : 'episodes'
    const report = { owner: ownerOfKey(ownerKey), kind, rows, recall, seconds: 0, reason }
    switch (action) {
      case 'keep': {
        if (ownerKey === undefined || element === undefined) throw new RangeError('nothing to keep')
        return { ...report, ...(await this.#keep({ ...index, ownerKey, element })) }
      }
      case 'leave refused':
        return { ...report, action: 'refused' }
      case 'drop':
        await this.#drop(index)
        return { ...report, action: 'dropped', recall: undefined }
      case 'build': {
        if (ownerKey === undefined || element === undefined) throw new RangeError('nothing to build')
        return { ...report, ...(await this.#build({ ...index, ownerKey, element })) }
      }
      default:
        return action satisfies never
    }
  }

  /** Checks an index again: what has been inserted and deleted since it was built may lie worse in it. */
  async #keep(index: OwnedIndex) {
    const recall = await this.#check(index)
    if (recall < this.#request.minRecall) {
      const reason = `it found only ${recall.toFixed(3)} of the true nearest by now`
      return this.#build({ ...index, reason })
    }
    await noteRecall(this.#store, { ...index, recall }, this.#request)
    return { action: 'kept', recall, seconds: 0, reason: index.reason } as const
  }

  async #build(index: OwnedIndex) {
    const { table, name, ownerKey, element, rows } = index
    const store = this.#store
    this.#hasChanged = true
    const entry = { ownerKey, table, name, element, rowsAtBuild: rows }
    await putOwnerIndex(store, { ...entry, state: 'building', recall: undefined }, this.#request)
    if (index.exists) await this.#dropIndex(name)
    this.#tell('build', ownerKey)
    const start = performance.now()
    await buildIndex(store, index, this.#buildOptions)
    const seconds = (performance.now() - start) / 1000
    const recall = await this.#check(index)
    if (recall >= this.#request.minRecall) {
      await putOwnerIndex(store, { ...entry, state: 'ready', recall }, this.#request)
      return { action: 'built', recall, seconds, reason: index.reason } as const
    }
    await putOwnerIndex(store, { ...entry, state: 'refused', recall }, this.#request)
    await this.#dropIndex(name)
    const reason = `it found ${recall.toFixed(3)} of the true nearest, and ${this.#request.minRecall} is wanted`
    return { action: 'refused', recall, seconds, reason } as const
  }

  #check({ table, ownerKey, element }: OwnedIndex): Promise<number> {
    this.#tell('check', ownerKey)
    return table === 'node_vector'
      ? checkRecall(this.#store, nodeKind, ownerKey, element, this.#request)
      : checkRecall(this.#store, episodeKind, ownerKey, element, this.#request)
  }

  async #drop({ name, ownerKey, table }: PlannedIndex): Promise<void> {
    this.#hasChanged = true
    this.#tell('drop', ownerKey)
    if (ownerKey !== undefined) await removeOwnerIndex(this.#store, { ownerKey, table }, this.#request)
    await this.#dropIndex(name)
  }

  #dropIndex(name: string): Promise<void> {
    return dropIndex(this.#store, name, this.#buildOptions)
  }

  get #buildOptions(): BuildOptions {
    return { singleSession: this.#singleSession, signal: this.#request.signal }
  }

  /** Of the columns that searches choose rows by; those of the vectors would be sampled for nothing. */
  async #refreshStatistics(): Promise<void> {
    this.#tell('analyze', undefined)
    for (const table of vectorTables) {
      await this.#store.database.bare(
        `ANALYZE ${this.#store.names.quoted}.${table} (owner_key, user_id, position)`,
      )
    }
  }

  #tell(step: Parameters<ResolvedMaintain['onProgress']>[0]['step'], ownerKey: string | undefined): void {
    this.#request.onProgress({
      ...{ step, owner: ownerOfKey(ownerKey) },
      ...{ done: this.#reports.length, total: this.#total },
    })
  }
}

/** The inverse of core's `ownerKey`. */
function ownerOfKey(key: string | undefined): Owner | undefined {
  if (key === undefined) return undefined
  const name = key.slice(2)
  return key.startsWith('t:') ? { tenantId: name, userId: null } : { tenantId: null, userId: name }
}
