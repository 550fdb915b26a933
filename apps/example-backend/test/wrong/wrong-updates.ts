import { setImmediate } from 'node:timers/promises'
import type {
  EmbeddingMatrix,
  EmbeddingModel,
  NewEpisode,
  NewNode,
  OnConflict,
  ResolvedPatch,
  ResolvedScan,
  ResolvedScope,
} from '@holdfast/core'
import { MemoryError } from '@holdfast/core'
import { InMemoryStore } from '../../src/in-memory-backend.js'
import { RecordTable } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

class DropsVectorOnUpdate extends KeptBackend {
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    return super._updateNode(scope, id, { ...patch, embedding: patch.embedding ?? null })
  }
}

class ReplacesTheWhole extends KeptBackend {
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    return super._updateNode(scope, id, { ...patch, fields: { source: 'unknown', ...patch.fields } })
  }
}

class MovesOnUpdate extends KeptBackend {
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    const isThere = await super._updateNode(scope, id, patch)
    const table = this.store.nodes
    const target = this.visible(table, scope).find((record) => record.id === id)
    if (target === undefined) return isThere
    const position = ++table.lastPosition
    table.records = [...table.records.filter((record) => record !== target), { ...target, position }]
    return isThere
  }
}

/** Reads, waits, and writes what it has read. */
class LosesAccesses extends KeptBackend {
  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[], at: string) {
    const before = this.store.nodes.records
    await setImmediate()
    this.store.nodes.records = before
    await super._recordAccess(scope, ids, at)
  }
}

class CountsRepeatedIds extends KeptBackend {
  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[], at: string) {
    await super._recordAccess(scope, ids, at)
    await super._recordAccess(scope, ids.slice(0, 1), at)
  }
}

class NeverFresh extends KeptBackend {
  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[]) {
    await super._recordAccess(scope, ids, '2020-01-01T00:00:00.000Z')
  }
}

class TakesDuplicates extends KeptBackend {
  constructor({ dimensions }: InMemoryStore) {
    super(Object.assign(new InMemoryStore(dimensions), { nodes: new CarelessTable() }))
  }
}

class CarelessTable extends RecordTable {
  #count = 0
  override keyOf(): string {
    this.#count += 1
    return String(this.#count)
  }
}

class IgnoresForReplace extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    return super._insertNodes(nodes, mode === 'replace' ? 'ignore' : mode)
  }
}

class SharesIds extends KeptBackend {
  protected override async _insertEpisodes(episodes: readonly NewEpisode[], mode: OnConflict) {
    const ids = new Set(this.store.nodes.records.map(({ id }) => id))
    const taken = episodes.find(({ record }) => ids.has(record.id))
    if (taken) throw new MemoryError('DUPLICATE_ID', `a node is called ${taken.record.id}`)
    return super._insertEpisodes(episodes, mode)
  }
}

/** The same matrix for every call, whatever a caller does to it. */
class ReturnsItsMatrix extends KeptBackend {
  #last: { readonly of: unknown; readonly matrix: EmbeddingMatrix } | undefined

  protected override async _getEmbeddings(scope: ResolvedScope) {
    const { records } = this.store.nodes
    const matrix = this.#last?.of === records ? this.#last.matrix : await super._getEmbeddings(scope)
    this.#last = { of: records, matrix }
    return matrix
  }
}

/** The vectors of a scan as they are kept. */
class ReturnsItsVectors extends KeptBackend {
  protected override async _scanNodes(scope: ResolvedScope, request: ResolvedScan) {
    const batch = await super._scanNodes(scope, request)
    if (!batch?.embeddings) return batch
    const records = this.matching(scope, request.filter).filter(({ position }) => position > request.after)
    return { ...batch, embeddings: batch.embeddings.map((_, index) => records[index]?.embedding) }
  }
}

class StartsBeforeItIsDone extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    const known = await super._insertNodes([], mode)
    void setImmediate().then(() => super._insertNodes(nodes, mode).catch(() => undefined))
    return { ...known, inserted: nodes.length }
  }
}

class ClosesAtOnce extends KeptBackend {
  #isClosed = false
  override async close(): Promise<void> {
    this.#isClosed = true
    void super.close()
  }
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    await setImmediate()
    if (this.#isClosed) throw new MemoryError('CLOSED')
    return super._insertNodes(nodes, mode)
  }
}

class ForgetsModel extends KeptBackend {
  protected override async _close(): Promise<void> {
    this.store.embeddingModel = undefined
  }
}

class TakesAnyModel extends KeptBackend {
  protected override _adminDriver() {
    return {
      ...super._adminDriver(),
      setEmbeddingModel: async (model: EmbeddingModel) => {
        this.store.embeddingModel = model
      },
    }
  }
}

/** Each changes too much, too little, or too late. */
export const wrongUpdates: readonly WrongBackend[] = [
  wrong(
    'drops the vector of an updated node',
    'update',
    'sets, leaves and takes away the vector',
    DropsVectorOnUpdate,
  ),
  wrong(
    'resets what a patch does not name',
    'update',
    'changes the fields that a patch names, and no others',
    ReplacesTheWhole,
  ),
  wrong(
    'moves an updated node to the end',
    'update',
    'changes the fields that a patch names, and no others',
    MovesOnUpdate,
  ),
  wrong(
    'loses accesses that come at once',
    'update',
    'counts accesses once per id and call, and notes the time',
    LosesAccesses,
  ),
  wrong(
    'counts an access twice',
    'update',
    'counts accesses once per id and call, and notes the time',
    CountsRepeatedIds,
  ),
  wrong(
    'does not note when an access was',
    'update',
    'counts accesses once per id and call, and notes the time',
    NeverFresh,
  ),
  wrong(
    'stores an id twice',
    'all or nothing',
    'refuses a batch with an id that the owner already has, first or last',
    TakesDuplicates,
  ),
  wrong(
    'ignores where it should replace',
    'on conflict',
    'replace takes the new node at the old place, and counts',
    IgnoresForReplace,
  ),
  wrong(
    'has one space of ids for nodes and episodes',
    'episodes',
    'keeps nodes and episodes of one id apart',
    SharesIds,
  ),
  wrong(
    'returns the matrix it keeps',
    'ownership of objects',
    'does not see what the caller changes in a result',
    ReturnsItsMatrix,
  ),
  wrong(
    'returns the vectors it keeps in a scan',
    'ownership of objects',
    'does not see what the caller changes in a result',
    ReturnsItsVectors,
  ),
  wrong(
    'resolves before it has written',
    'after each write',
    'keeps counts, vectors and clusters in line with the nodes after an insert',
    StartsBeforeItIsDone,
  ),
  wrong('closes over calls in flight', 'lifecycle', 'waits for calls in flight when it closes', ClosesAtOnce),
  wrong(
    'forgets the embedding model on reopen',
    'reopen',
    'keeps the embedding model and refuses another one',
    ForgetsModel,
  ),
  wrong(
    'takes vectors of any model',
    'admin',
    'remembers the embedding model and refuses another one',
    TakesAnyModel,
  ),
]
