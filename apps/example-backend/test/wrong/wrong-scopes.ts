import {
  type MemoryNode,
  type PageOptions,
  type ResolvedFilter,
  type ResolvedPatch,
  type ResolvedScope,
  type ResolvedSearch,
  resolveScope,
  type Scope,
} from '@holdfast/core'
import { InMemoryStore } from '../../src/in-memory-backend.js'
import { rankByCosine } from '../../src/rank-by-cosine.js'
import { RecordTable, type StoredRecord } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { rankOtherwise } from './rank-otherwise.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

/** Compares owners by something other than equality. */
function comparing(isSame: (owner: string, asked: string) => boolean) {
  return class extends KeptBackend {
    protected override visible(table: RecordTable, scope: ResolvedScope): readonly StoredRecord[] {
      return table.records.filter(({ owner }) => {
        const name = scope.kind === 'tenant' ? owner.tenantId : owner.userId
        return name !== null && isSame(name, scope.kind === 'tenant' ? scope.tenantId : scope.userId)
      })
    }
  }
}

function like(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('%', '[^]*').replaceAll('_', '[^]')}$`).test(text)
}

class IgnoresKind extends KeptBackend {
  protected override visible(table: RecordTable, scope: ResolvedScope): readonly StoredRecord[] {
    const name = scope.kind === 'tenant' ? scope.tenantId : scope.userId
    return table.records.filter(({ owner }) => (owner.tenantId ?? owner.userId) === name)
  }
}

class GetsByIdAlone extends KeptBackend {
  protected override async _getNode(_scope: ResolvedScope, id: string) {
    const record = this.store.nodes.records.find((candidate) => candidate.id === id)
    return record && this.node(record)
  }
}

class CountsEverything extends KeptBackend {
  protected override async _countNodes() {
    return this.store.nodes.records.length
  }
}

class ShowsNobodyEverything extends KeptBackend {
  override async getNodes(scope: Scope, options?: PageOptions): Promise<MemoryNode[]> {
    if (resolveScope(scope) !== undefined) return super.getNodes(scope, options)
    return this.store.nodes.records.map((record) => this.node(record))
  }
}

class SearchesBeforeScope extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const mine = this.matching(scope, search.filter)
    return rankByCosine(query, this.store.nodes.records, search)
      .filter(({ record }) => mine.includes(record))
      .map(({ record, score }) => ({ node: this.node(record), score }))
  }
}

class FilterWidensScope extends KeptBackend {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const [userId] = filter?.userId ?? []
    return super.matching(userId === undefined ? scope : { kind: 'user', userId }, filter)
  }
}

class UpdatesAnyOwner extends KeptBackend {
  protected override async _updateNode(_scope: ResolvedScope, id: string, { fields }: ResolvedPatch) {
    const change = (node: MemoryNode) => ({ ...node, ...fields })
    return this.rewrite((record) => record.id === id, change) > 0
  }
}

class DeletesAnyOwner extends KeptBackend {
  protected override async _deleteNodes(_scope: ResolvedScope, ids: readonly string[]) {
    return this.store.nodes.remove(({ id }) => ids.includes(id))
  }
}

class GlobalIdTable extends RecordTable {
  override keyOf({ id }: { readonly id: string }): string {
    return id
  }
}

class GlobalIds extends KeptBackend {
  constructor({ dimensions }: InMemoryStore) {
    super(Object.assign(new InMemoryStore(dimensions), { nodes: new GlobalIdTable() }))
  }
}

class CountsWordsOfOthers extends KeptBackend {
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const mine = this.matching(scope, search.filter)
    const records = this.store.nodes.records.map((record) => ({ record, node: this.node(record) }))
    return rankOtherwise(
      text,
      records.map(({ node }) => node),
    )
      .filter((hit) => records.some(({ record, node }) => node === hit.node && mine.includes(record)))
      .slice(0, search.topK)
  }
}

/** Each lets somebody see or change what is another's. */
export const wrongScopes: readonly WrongBackend[] = [
  wrong(
    'compares owners by prefix',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    comparing((owner, asked) => owner.startsWith(asked)),
  ),
  wrong(
    'compares owners by LIKE',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    comparing(like),
  ),
  wrong(
    'compares owners without case',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    comparing((owner, asked) => owner.toLowerCase() === asked.toLowerCase()),
  ),
  wrong(
    'trims owners',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    comparing((owner, asked) => owner.trim() === asked.trim()),
  ),
  wrong(
    'normalises owners',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    comparing((owner, asked) => owner.normalize('NFC') === asked.normalize('NFC')),
  ),
  wrong(
    'cuts owners after 255 characters',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    comparing((owner, asked) => owner.slice(0, 255) === asked.slice(0, 255)),
  ),
  wrong(
    'takes a tenant for a user of the same name',
    'scope isolation',
    'keeps a tenant and a user of the same name apart',
    IgnoresKind,
  ),
  wrong(
    'gets a node by its id alone',
    'scope isolation',
    'keeps the same id under two owners as two nodes',
    GetsByIdAlone,
  ),
  wrong(
    'counts the nodes of everybody',
    'scope isolation',
    'keeps a tenant and a user of the same name apart',
    CountsEverything,
  ),
  wrong(
    'has ids that are unique over all owners',
    'scope isolation',
    'keeps the same id under two owners as two nodes',
    GlobalIds,
  ),
  wrong(
    'shows everything to a scope that names nobody',
    'fail secure',
    'answers every operation with nothing for a scope that names nobody, and changes nothing',
    ShowsNobodyEverything,
  ),
  wrong(
    'applies the scope after the top k',
    'vector search',
    'scores the nodes of the scope only, however near the others are',
    SearchesBeforeScope,
  ),
  wrong('lets a filter widen the scope', 'filters', 'never widen the scope', FilterWidensScope),
  wrong(
    'updates the node of any owner',
    'update',
    'changes nothing outside the scope, and says so',
    UpdatesAnyOwner,
  ),
  wrong('deletes the nodes of any owner', 'delete', 'deletes nothing outside the scope', DeletesAnyOwner),
  wrong(
    'counts the words of other owners',
    'keyword search',
    'gives a scope the scores that it has alone',
    CountsWordsOfOthers,
  ),
]
