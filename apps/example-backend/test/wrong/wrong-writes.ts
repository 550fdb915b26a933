import { openSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type AdminDriver,
  formatNode,
  type InsertOptions,
  type InsertResult,
  type MemoryNode,
  type MemoryNodeInput,
  type NewNode,
  type OnConflict,
} from '@holdfast/core'
import { InMemoryStore } from '../../src/in-memory-backend.js'
import { type IncomingRecord, RecordTable, type StoredRecord } from '../../src/record-table.js'
import { KeptBackend, keptCapabilities, keptHarness } from '../kept-backend.js'
import { type WrongBackend, wrong, wrongWith } from './wrong-backend.js'

class AppliesHalfABatch extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    const total = { inserted: 0, replaced: 0, ignored: 0 }
    for (const node of nodes) {
      const { inserted, replaced, ignored } = await super._insertNodes([node], mode)
      total.inserted += inserted
      total.replaced += replaced
      total.ignored += ignored
    }
    return total
  }
}

class MutatesInput extends KeptBackend {
  override async insertNodes(
    nodes: readonly MemoryNodeInput[],
    options?: InsertOptions,
  ): Promise<InsertResult> {
    const result = await super.insertNodes(nodes, options)
    for (const node of nodes) Reflect.deleteProperty(node, 'embedding')
    return result
  }
}

class KeepsInput extends KeptBackend {
  override async insertNodes(
    nodes: readonly MemoryNodeInput[],
    options?: InsertOptions,
  ): Promise<InsertResult> {
    await setImmediate()
    return super.insertNodes(nodes, options)
  }
}

class ReplacesAtTheEnd extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    const result = await super._insertNodes(nodes, 'replace')
    if (mode !== 'replace') return result
    const table = this.store.nodes
    const isNew = ({ id }: IncomingRecord) => nodes.some(({ record }) => record.id === id)
    const moved = table.records.filter(isNew).map((record) => ({ ...record, position: ++table.lastPosition }))
    table.records = [...table.records.filter((record) => !isNew(record)), ...moved]
    return result
  }
}

class LosesRaces extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    const { records, lastPosition } = this.store.nodes
    await setImmediate()
    Object.assign(this.store.nodes, { records, lastPosition })
    return super._insertNodes(nodes, mode)
  }
}

class DropsNul extends KeptBackend {
  protected override node(record: StoredRecord): MemoryNode {
    const node = super.node(record)
    return { ...node, humanContent: node.humanContent.replaceAll('\0', '') }
  }
}

class CutsMicroseconds extends KeptBackend {
  protected override node(record: StoredRecord): MemoryNode {
    const node = super.node(record)
    return { ...node, createdAt: node.createdAt.replace(/(\.\d{3})\d+/, '$1') }
  }
}

class DropsUnknownKeys extends KeptBackend {
  protected override node(record: StoredRecord): MemoryNode {
    return { ...super.node(record), extra: {} }
  }
}

class StaysOpen extends KeptBackend {
  override async close(): Promise<void> {}
}

class LeaksDescriptors extends KeptBackend {
  constructor(store: InMemoryStore) {
    super(store)
    openSync(fileURLToPath(import.meta.url), 'r')
  }
}

class WritesTextsAnew extends KeptBackend {
  protected override _adminDriver(): AdminDriver {
    const driver = super._adminDriver()
    const rewritten = (node: NewNode) => ({ ...node, text: formatNode(node.record) })
    return { ...driver, importNodes: (nodes, ...rest) => driver.importNodes(nodes.map(rewritten), ...rest) }
  }
}

class ExportsEveryScope extends KeptBackend {
  protected override _adminDriver(): AdminDriver {
    const driver = super._adminDriver()
    return {
      ...driver,
      exportRecords: (request, context) => driver.exportRecords({ ...request, scope: undefined }, context),
    }
  }
}

class ListsTenantsOnly extends KeptBackend {
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

class Forgets extends KeptBackend {
  protected override async _close(): Promise<void> {
    const { nodes } = this.store
    if (nodes instanceof ForgetfulTable) nodes.records = nodes.before
  }
}

function forgetfulHarness(name: string) {
  return keptHarness(name, (store) => {
    if (!(store.nodes instanceof ForgetfulTable)) Object.assign(store, { nodes: new ForgetfulTable() })
    return new Forgets(store)
  })
}

function sharedHarness(name: string) {
  const store = new InMemoryStore(8)
  return keptHarness(name, () => new KeptBackend(store))
}

class ThawedCapabilities extends KeptBackend {
  override readonly capabilities = { ...keptCapabilities }
}

/** Each stores something else than it was given, or not as it promised. */
export const wrongWrites: readonly WrongBackend[] = [
  wrong(
    'applies a part of a refused batch',
    'all or nothing',
    'refuses a batch with an id that the owner already has, first or last',
    AppliesHalfABatch,
  ),
  wrong('mutates its input', 'ownership of objects', 'leaves its input as it was', MutatesInput),
  wrong(
    'reads its input later',
    'ownership of objects',
    'does not see what the caller changes in an input afterwards',
    KeepsInput,
  ),
  wrong(
    'moves a replaced node to the end',
    'on conflict',
    'replace takes the new node at the old place, and counts',
    ReplacesAtTheEnd,
  ),
  wrong(
    'loses races between inserts',
    'concurrency',
    'stores what 20 inserts at once bring, each once',
    LosesRaces,
  ),
  wrong('drops NUL characters', 'stored values', 'keeps every text in every text field', DropsNul),
  wrong(
    'cuts timestamps to milliseconds',
    'stored values',
    'keeps timestamps as they were written, and a Date as its ISO string',
    CutsMicroseconds,
  ),
  wrong(
    'drops unknown keys',
    'stored values',
    'takes snake_case names and keeps unknown keys, those of Object.prototype too',
    DropsUnknownKeys,
  ),
  wrong('stays open after close', 'lifecycle', 'rejects every operation with CLOSED after close', StaysOpen),
  wrong(
    'leaks descriptors',
    'resources',
    'leaves no handle, socket, timer or descriptor open, after errors too',
    LeaksDescriptors,
  ),
  wrong(
    'writes imported texts anew',
    'export and import',
    'keeps every text byte for byte, however it is written',
    WritesTextsAnew,
  ),
  wrong('exports every scope', 'export', 'exports one scope, and resumes there too', ExportsEveryScope),
  wrong(
    'lists tenants only',
    'admin',
    'lists tenants, then users, in code unit order, and how much each sees',
    ListsTenantsOnly,
  ),
  wrong(
    'has capabilities that can be changed',
    'harness',
    'has a backend whose capabilities are the exported constant, frozen and the same after use',
    ThawedCapabilities,
  ),
  wrongWith(
    'loses a write on reopen',
    'reopen',
    'keeps the last of many writes, and goes on where it was',
    forgetfulHarness,
  ),
  wrongWith('shares one store', 'harness', 'creates backends that share nothing', sharedHarness),
]
