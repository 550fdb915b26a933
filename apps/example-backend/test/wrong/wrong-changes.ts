import { setImmediate } from 'node:timers/promises'
import {
  MemoryError,
  type MemoryNode,
  type NewNode,
  type OnConflict,
  type PositionedBatch,
  type ResolvedScan,
  type ResolvedScope,
} from '@holdfast/core'
import type { StoredRecord } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

class AnswersWhileClosing extends KeptBackend {
  override async close(): Promise<void> {
    await setImmediate()
    await super.close()
  }
}

class TellsContents extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    try {
      return await super._insertNodes(nodes, mode)
    } catch (cause) {
      const texts = nodes.map(({ text }) => text).join()
      throw new MemoryError('DUPLICATE_ID', `cannot insert ${texts}`, { cause })
    }
  }
}

/** Looks for the record of the cursor, and ends when it is gone. */
class CursorDies extends KeptBackend {
  protected override scan<T>(
    records: readonly StoredRecord[],
    request: ResolvedScan,
    read: (record: StoredRecord) => T,
  ): PositionedBatch<T> | undefined {
    const isThere = request.after === 0 || records.some(({ position }) => position === request.after)
    return isThere ? super.scan(records, request, read) : undefined
  }
}

class ClustersOfVectors extends KeptBackend {
  protected override async _getClusterIds(scope: ResolvedScope) {
    const records = this.visible(this.store.nodes, scope)
    return records.filter(({ embedding }) => embedding).map(({ clusterId }) => clusterId)
  }
}

class AccessesInTurn extends KeptBackend {
  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[], at: string) {
    for (const [index, id] of ids.entries()) {
      await super._recordAccess(scope, [id], new Date(Date.parse(at) + index).toISOString())
    }
  }
}

class DeletesAThousand extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope) {
    const { nodes, episodes } = this.store
    const gone = new Set([nodes, episodes].flatMap((table) => this.visible(table, scope).slice(0, 1_000)))
    return nodes.remove((record) => gone.has(record)) + episodes.remove((record) => gone.has(record))
  }
}

class ChangesEveryOwners extends KeptBackend {
  protected override firstOfEach(scope: ResolvedScope, ids: readonly string[]) {
    return new Set(this.visible(this.store.nodes, scope).filter(({ id }) => ids.includes(id)))
  }
}

class DeletesWithoutCase extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope) {
    const name = (text: string | null) => text?.toLowerCase()
    const isGone = ({ owner }: StoredRecord) =>
      scope.kind === 'tenant'
        ? name(owner.tenantId) === name(scope.tenantId)
        : name(owner.userId) === name(scope.userId)
    return this.store.nodes.remove(isGone) + this.store.episodes.remove(isGone)
  }
}

class DropsDuplicateTags extends KeptBackend {
  protected override node(record: StoredRecord): MemoryNode {
    const node = super.node(record)
    return { ...node, tags: { ...node.tags, topics: [...new Set(node.tags.topics)] } }
  }
}

/** Each is right until something changes, or comes to an end. */
export const wrongChanges: readonly WrongBackend[] = [
  wrong(
    'drops a tag that stands twice',
    'bad input',
    'is kept as it is, or made right, where it can be',
    DropsDuplicateTags,
  ),
  wrong(
    'answers while it closes',
    'lifecycle states',
    'rejects every operation with CLOSED from the moment of close, before it is done',
    AnswersWhileClosing,
  ),
  wrong(
    'tells in an error what a record holds',
    'errors',
    'show in no message what a record holds',
    TellsContents,
  ),
  wrong(
    'has a cursor that dies with its record',
    'cursors',
    'stay right when the record they stand at is deleted, and inserted again',
    CursorDies,
  ),
  wrong(
    'numbers only the nodes that have vectors',
    'alignment',
    'keeps vectors and clusters in line with the nodes through changes (seed 7001)',
    ClustersOfVectors,
  ),
  wrong(
    'notes another time for each node of a call',
    'access counts',
    'are the same time for all nodes of a call, thousands too',
    AccessesInTurn,
  ),
  wrong(
    'deletes a thousand records of a scope',
    'delete all',
    'deletes a scope whole, and for good: 3,000 nodes and 300 episodes',
    DeletesAThousand,
  ),
  wrong(
    'changes every record of an id that a user sees',
    'personal scope',
    'changes the node that it reads, and no other of that id',
    ChangesEveryOwners,
  ),
  wrong(
    'deletes owners without case',
    'isolation of writes',
    'deletes the own records only (tenantId)',
    DeletesWithoutCase,
  ),
]
