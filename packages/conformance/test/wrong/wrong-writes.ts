import { openSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type AdminDriver,
  type CallContext,
  formatNode,
  type InsertOptions,
  type InsertResult,
  type MemoryNode,
  type MemoryNodeInput,
  type NewNode,
  type OnConflict,
  type ResolvedScope,
} from '@holdfast/core'
import { type IncomingRecord, RecordTable, type StoredRecord } from '../record-table.js'
import { ReferenceBackend, ReferenceStore, referenceCapabilities } from '../reference-backend.js'
import { referenceHarness } from '../reference-harness.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

class AppliesHalfABatch extends ReferenceBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict, context: CallContext) {
    const total = { inserted: 0, replaced: 0, ignored: 0 }
    for (const node of nodes) {
      const { inserted, replaced, ignored } = await super._insertNodes([node], mode, context)
      total.inserted += inserted
      total.replaced += replaced
      total.ignored += ignored
    }
    return total
  }
}

class MutatesInput extends ReferenceBackend {
  override async insertNodes(
    nodes: readonly MemoryNodeInput[],
    options?: InsertOptions,
  ): Promise<InsertResult> {
    const result = await super.insertNodes(nodes, options)
    for (const node of nodes) Reflect.deleteProperty(node, 'embedding')
    return result
  }
}

class KeepsInput extends ReferenceBackend {
  override async insertNodes(
    nodes: readonly MemoryNodeInput[],
    options?: InsertOptions,
  ): Promise<InsertResult> {
    await setImmediate()
    return super.insertNodes(nodes, options)
  }
}

class ReplacesAtTheEnd extends ReferenceBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict, context: CallContext) {
    const result = await super._insertNodes(nodes, 'replace', context)
    if (mode !== 'replace') return result
    const table = this.store.nodes
    const isNew = ({ id }: IncomingRecord) => nodes.some(({ record }) => record.id === id)
    const moved = table.records.filter(isNew).map((record) => ({ ...record, position: ++table.lastPosition }))
    table.records = [...table.records.filter((record) => !isNew(record)), ...moved]
    return result
  }
}

class LosesRaces extends ReferenceBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict, context: CallContext) {
    const { records, lastPosition } = this.store.nodes
    await setImmediate()
    Object.assign(this.store.nodes, { records, lastPosition })
    return super._insertNodes(nodes, mode, context)
  }
}

class DropsNul extends ReferenceBackend {
  protected override node(record: StoredRecord): MemoryNode {
    const node = super.node(record)
    return { ...node, humanContent: node.humanContent.replaceAll('\0', '') }
  }
}

class CutsMicroseconds extends ReferenceBackend {
  protected override node(record: StoredRecord): MemoryNode {
    const node = super.node(record)
    return { ...node, createdAt: node.createdAt.replace(/(\.\d{3})\d+/, '$1') }
  }
}

class DropsUnknownKeys extends ReferenceBackend {
  protected override node(record: StoredRecord): MemoryNode {
    return { ...super.node(record), extra: {} }
  }
}

class DeletesNothing extends ReferenceBackend {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    return this.visible(this.store.nodes, scope).filter(({ id }) => ids.includes(id)).length
  }
}

class StaysOpen extends ReferenceBackend {
  override async close(): Promise<void> {}
}

class LeaksDescriptors extends ReferenceBackend {
  constructor(store: ReferenceStore) {
    super(store)
    openSync(fileURLToPath(import.meta.url), 'r')
  }
}

class WritesTextsAnew extends ReferenceBackend {
  protected override _adminDriver(): AdminDriver {
    const driver = super._adminDriver()
    const rewritten = (node: NewNode) => ({ ...node, text: formatNode(node.record) })
    return { ...driver, importNodes: (nodes, ...rest) => driver.importNodes(nodes.map(rewritten), ...rest) }
  }
}

class ExportsEveryScope extends ReferenceBackend {
  protected override _adminDriver(): AdminDriver {
    const driver = super._adminDriver()
    return {
      ...driver,
      exportRecords: (request, context) => driver.exportRecords({ ...request, scope: undefined }, context),
    }
  }
}

class ListsTenantsOnly extends ReferenceBackend {
  protected override _adminDriver(): AdminDriver {
    const driver = super._adminDriver()
    return {
      ...driver,
      listScopes: async (context) =>
        (await driver.listScopes(context)).filter(({ scope }) => scope.tenantId !== undefined),
    }
  }
}

/** Forgets the last write when it is opened again. */
class ForgetfulTable extends RecordTable {
  before: readonly StoredRecord[] = []

  override insert(...args: Parameters<RecordTable['insert']>): InsertResult {
    const { records } = this
    const result = super.insert(...args)
    this.before = records
    return result
  }
}

class Forgets extends ReferenceBackend {
  protected override async _close(): Promise<void> {
    const { nodes } = this.store
    if (nodes instanceof ForgetfulTable) nodes.records = nodes.before
  }
}

function forgetfulHarness(name: string) {
  const harness = referenceHarness(name, (store) => {
    if (!(store.nodes instanceof ForgetfulTable)) Object.assign(store, { nodes: new ForgetfulTable() })
    return new Forgets(store)
  })
  return harness
}

function sharedHarness(name: string) {
  const store = new ReferenceStore(8)
  return referenceHarness(name, () => new ReferenceBackend(store))
}

class ThawedCapabilities extends ReferenceBackend {
  override readonly capabilities = { ...referenceCapabilities }
}

/** Each stores something else than it was given, or not as it promised. */
export const wrongWrites: readonly WrongBackend[] = [
  wrong('applies a part of a refused batch', 'all or nothing', AppliesHalfABatch),
  wrong('mutates its input', 'ownership of objects', MutatesInput),
  wrong('reads its input later', 'ownership of objects', KeepsInput),
  wrong('moves a replaced node to the end', 'on conflict', ReplacesAtTheEnd),
  wrong('loses races between inserts', 'concurrency', LosesRaces),
  wrong('drops NUL characters', 'stored values', DropsNul),
  wrong('cuts timestamps to milliseconds', 'stored values', CutsMicroseconds),
  wrong('drops unknown keys', 'insert and get', DropsUnknownKeys),
  wrong('deletes nothing', 'delete', DeletesNothing),
  wrong('stays open after close', 'lifecycle', StaysOpen),
  wrong('leaks descriptors', 'resources', LeaksDescriptors),
  wrong('writes imported texts anew', 'export and import', WritesTextsAnew),
  wrong('exports every scope', 'export', ExportsEveryScope),
  wrong('lists tenants only', 'admin', ListsTenantsOnly),
  wrong('has capabilities that can be changed', 'harness', ThawedCapabilities),
  {
    name: 'loses a write on reopen',
    foundBy: 'reopen',
    harness: forgetfulHarness('loses a write on reopen'),
  },
  { name: 'shares one store', foundBy: 'harness', harness: sharedHarness('shares one store') },
]
