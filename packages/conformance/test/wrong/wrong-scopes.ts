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
import { rankByWords } from '../keyword-ranking.js'
import { RecordTable, type StoredRecord } from '../record-table.js'
import { ReferenceBackend, ReferenceStore } from '../reference-backend.js'
import { rankByCosine } from '../vector-ranking.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

/** Compares owners by something other than equality. */
function comparing(isSame: (owner: string, asked: string) => boolean) {
  return class extends ReferenceBackend {
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

class IgnoresKind extends ReferenceBackend {
  protected override visible(table: RecordTable, scope: ResolvedScope): readonly StoredRecord[] {
    const name = scope.kind === 'tenant' ? scope.tenantId : scope.userId
    return table.records.filter(({ owner }) => (owner.tenantId ?? owner.userId) === name)
  }
}

class GetsByIdAlone extends ReferenceBackend {
  protected override async _getNode(_scope: ResolvedScope, id: string) {
    const record = this.store.nodes.records.find((candidate) => candidate.id === id)
    return record && this.node(record)
  }
}

class CountsEverything extends ReferenceBackend {
  protected override async _countNodes() {
    return this.store.nodes.records.length
  }
}

class ShowsNobodyEverything extends ReferenceBackend {
  override async getNodes(scope: Scope, options?: PageOptions): Promise<MemoryNode[]> {
    if (resolveScope(scope) !== undefined) return super.getNodes(scope, options)
    return this.store.nodes.records.map((record) => this.node(record))
  }
}

class SearchesBeforeScope extends ReferenceBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const mine = this.matching(scope, search.filter)
    return rankByCosine(query, this.store.nodes.records, search)
      .filter(({ record }) => mine.includes(record))
      .map(({ record, score }) => ({ node: this.node(record), score }))
  }
}

class FilterWidensScope extends ReferenceBackend {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const [userId] = filter?.userId ?? []
    return super.matching(userId === undefined ? scope : { kind: 'user', userId }, filter)
  }
}

class UpdatesAnyOwner extends ReferenceBackend {
  protected override async _updateNode(_scope: ResolvedScope, id: string, { fields }: ResolvedPatch) {
    const change = (node: MemoryNode) => ({ ...node, ...fields })
    return this.rewrite((record) => record.id === id, change) > 0
  }
}

class DeletesAnyOwner extends ReferenceBackend {
  protected override async _deleteNodes(_scope: ResolvedScope, ids: readonly string[]) {
    return this.store.nodes.remove(({ id }) => ids.includes(id))
  }
}

class GlobalIdTable extends RecordTable {
  override keyOf({ id }: { readonly id: string }): string {
    return id
  }
}

class GlobalIds extends ReferenceBackend {
  constructor({ dimensions }: ReferenceStore) {
    super(Object.assign(new ReferenceStore(dimensions), { nodes: new GlobalIdTable() }))
  }
}

class CountsWordsOfOthers extends ReferenceBackend {
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const mine = this.matching(scope, search.filter)
    const records = this.store.nodes.records.map((record) => ({ record, node: this.node(record) }))
    return rankByWords(
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
    comparing((owner, asked) => owner.startsWith(asked)),
  ),
  wrong('compares owners by LIKE', 'scope isolation', comparing(like)),
  wrong(
    'compares owners without case',
    'scope isolation',
    comparing((owner, asked) => owner.toLowerCase() === asked.toLowerCase()),
  ),
  wrong(
    'trims owners',
    'scope isolation',
    comparing((owner, asked) => owner.trim() === asked.trim()),
  ),
  wrong(
    'normalises owners',
    'scope isolation',
    comparing((owner, asked) => owner.normalize('NFC') === asked.normalize('NFC')),
  ),
  wrong(
    'cuts owners after 255 characters',
    'scope isolation',
    comparing((owner, asked) => owner.slice(0, 255) === asked.slice(0, 255)),
  ),
  wrong('takes a tenant for a user of the same name', 'scope isolation', IgnoresKind),
  wrong('gets a node by its id alone', 'scope isolation', GetsByIdAlone),
  wrong('counts the nodes of everybody', 'scope isolation', CountsEverything),
  wrong('has ids that are unique over all owners', 'scope isolation', GlobalIds),
  wrong('shows everything to a scope that names nobody', 'fail secure', ShowsNobodyEverything),
  wrong('applies the scope after the top k', 'vector search', SearchesBeforeScope),
  wrong('lets a filter widen the scope', 'filters', FilterWidensScope),
  wrong('updates the node of any owner', 'update', UpdatesAnyOwner),
  wrong('deletes the nodes of any owner', 'delete', DeletesAnyOwner),
  wrong('counts the words of other owners', 'keyword search', CountsWordsOfOthers),
]
