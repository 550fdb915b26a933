import {
  checkChoice,
  checkFinite,
  checkInteger,
  checkOptions,
  checkString,
  checkStrings,
} from './check-arguments.js'
import { checkDimensions } from './embedding-vector.js'
import { EpisodeOperations } from './episode-operations.js'
import { isPlainObject } from './json-value.js'
import { MemoryError } from './memory-error.js'
import type { MemoryNodeInput } from './memory-node.js'
import { parseNodeInput } from './memory-node.js'
import { type NewNode, prepareRecords } from './new-record.js'
import { parseNodePatch, type ResolvedPatch } from './node-patch.js'
import { formatNode } from './record-text.js'
import type * as Requests from './requests.js'
import { onConflictModes } from './requests.js'
import type { ResolvedScope, Scope } from './scope.js'

/**
 * The writes. When one resolves it is durable; when it rejects, nothing of it is visible, now or after a crash. One
 * exception nobody can rule out: where the disk or the connection fails in the moment of the commit, the error is
 * `CONNECTION`, and a backend that is opened anew shows all of the write or nothing.
 */
export abstract class NodeWrites extends EpisodeOperations {
  /** All or nothing; the ids of one owner are distinct within the batch. */
  protected abstract _insertNodes(
    nodes: readonly NewNode[],
    onConflict: Requests.OnConflict,
    context: Requests.CallContext,
  ): Promise<Requests.InsertResult>

  protected _updateNode(
    _scope: ResolvedScope,
    _id: string,
    _patch: ResolvedPatch,
    _context: Requests.CallContext,
  ): Promise<boolean> {
    return Promise.reject(new MemoryError('NOT_SUPPORTED'))
  }

  protected _deleteNodes(
    _scope: ResolvedScope,
    _ids: readonly string[],
    _context: Requests.CallContext,
  ): Promise<number> {
    return Promise.reject(new MemoryError('NOT_SUPPORTED'))
  }

  protected _deleteScope(_scope: ResolvedScope, _context: Requests.CallContext): Promise<number> {
    return Promise.reject(new MemoryError('NOT_SUPPORTED'))
  }

  /** `at` is one ISO 8601 moment for all ids, so that a retry of the same call writes the same value. */
  protected _recordAccess(
    _scope: ResolvedScope,
    _ids: readonly string[],
    _at: string,
    _context: Requests.CallContext,
  ): Promise<void> {
    return Promise.reject(new MemoryError('NOT_SUPPORTED'))
  }

  protected _assignClusters(
    _scope: ResolvedScope,
    _entries: readonly Requests.ClusterAssignment[],
    _context: Requests.CallContext,
  ): Promise<number> {
    return Promise.reject(new MemoryError('NOT_SUPPORTED'))
  }

  /** Stores one node: `insertNodes([node])`. */
  insertNode(node: MemoryNodeInput, options: Requests.CallOptions = {}): Promise<void> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      await this.insertNodes([node], options)
    })
  }

  /**
   * Stores nodes, all or nothing. Each names its owner in `tenantId` or `userId`.
   * @throws {MemoryError} `SCOPE_REQUIRED`, `INVALID_NODE`, `INVALID_EMBEDDING`, `DIMENSION_MISMATCH`, and
   * `DUPLICATE_ID` for an id that stands twice in the batch or, with `onConflict: 'error'`, is in the store.
   */
  insertNodes(
    nodes: readonly MemoryNodeInput[],
    options: Requests.InsertOptions = {},
  ): Promise<Requests.InsertResult> {
    return this.run(options, async () => {
      checkOptions(options, ['onConflict', 'signal'])
      const { onConflict: mode = 'error' } = options
      const onConflict = checkChoice(mode, 'onConflict', onConflictModes)
      const now = new Date()
      const records = prepareRecords(nodes, this.dimensions, (input) => {
        const { node, embedding } = parseNodeInput(input, now)
        return { record: node, embedding, text: formatNode(node) }
      })
      if (records.length === 0) return { inserted: 0, replaced: 0, ignored: 0 }
      return this._insertNodes(records, onConflict, { signal: options.signal })
    })
  }

  /** Changes some fields of a node. Resolves to `false` when the scope has no node with this id. */
  updateNode(
    scope: Scope,
    id: string,
    patch: Requests.NodePatch,
    options: Requests.CallOptions = {},
  ): Promise<boolean> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      checkString(id, 'id')
      const resolved = parseNodePatch(patch)
      if (resolved.embedding) checkDimensions(resolved.embedding, this.dimensions, 'patch.embedding')
      this.require('update', 'updateNode')
      const allowed = this.authorize(scope, 'updateNode')
      return allowed ? this._updateNode(allowed, id, resolved, { signal: options.signal }) : false
    })
  }

  /** Deletes nodes by id and says how many there were. Ids that the scope does not have are passed over. */
  deleteNodes(scope: Scope, ids: readonly string[], options: Requests.CallOptions = {}): Promise<number> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const wanted = [...new Set(checkStrings(ids, 'ids'))]
      this.require('delete', 'deleteNodes')
      const allowed = this.authorize(scope, 'deleteNodes')
      if (!allowed || wanted.length === 0) return 0
      return this._deleteNodes(allowed, wanted, { signal: options.signal })
    })
  }

  /** Deletes everything the scope sees, nodes and episodes, and says how many records that was. */
  deleteScope(scope: Scope, options: Requests.CallOptions = {}): Promise<number> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      this.require('delete', 'deleteScope')
      const allowed = this.authorize(scope, 'deleteScope')
      return allowed ? this._deleteScope(allowed, { signal: options.signal }) : 0
    })
  }

  /** Adds 1 to `accessCount` and sets `lastAccessed` to now, once per id. */
  recordAccess(scope: Scope, ids: readonly string[], options: Requests.CallOptions = {}): Promise<void> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const wanted = [...new Set(checkStrings(ids, 'ids'))]
      this.require('update', 'recordAccess')
      const allowed = this.authorize(scope, 'recordAccess')
      if (!allowed || wanted.length === 0) return
      await this._recordAccess(allowed, wanted, new Date().toISOString(), { signal: options.signal })
    })
  }

  /** Puts nodes into clusters and says how many were there to be put. Where an id stands twice, the last entry counts. */
  assignClusters(
    scope: Scope,
    entries: readonly Requests.ClusterAssignment[],
    options: Requests.CallOptions = {},
  ): Promise<number> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      if (!Array.isArray(entries)) throw new TypeError('entries must be an array')
      const byId = new Map(
        Array.from(entries as readonly unknown[], checkAssignment).map((entry) => [entry.id, entry]),
      )
      const checked = [...byId.values()]
      this.require('update', 'assignClusters')
      const allowed = this.authorize(scope, 'assignClusters')
      if (!allowed || checked.length === 0) return 0
      return this._assignClusters(allowed, checked, { signal: options.signal })
    })
  }
}

const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }

function checkAssignment(entry: unknown, index: number): Requests.ClusterAssignment {
  const name = `entries[${index}]`
  if (!isPlainObject(entry)) throw new TypeError(`${name} must be an object`)
  checkOptions(entry, ['id', 'clusterId', 'label', 'confidence'])
  const { id, clusterId, label, confidence } = entry
  return {
    id: checkString(id, `${name}.id`),
    clusterId: checkInteger(clusterId, `${name}.clusterId`, int32.min, int32.max),
    ...(label === undefined ? {} : { label: checkString(label, `${name}.label`) }),
    ...(confidence === undefined ? {} : { confidence: checkShare(confidence, `${name}.confidence`) }),
  }
}

function checkShare(value: unknown, name: string): number {
  const share = checkFinite(value, name)
  if (share < 0 || share > 1) throw new RangeError(`${name} must be 0 to 1, not ${share}`)
  return share
}
