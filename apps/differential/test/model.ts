import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { cosine, isFilter, passes, Ranking, wordScores } from './rankings.js'
import { dimensions, directed, episodeOf, faultOf, type Input, nodeOf, now } from './records.js'
import { Refusal } from './refusal.js'
import { firstOfEach, named, type Owned, type Row, seen } from './scoped-rows.js'

type Fields = Readonly<Record<string, unknown>>

/** The contract as plainly as it can be said, and with none of the code that the backends share. */
export class Model {
  nodes: Row<MemoryNode>[] = []
  episodes: Row<EpisodicMemory>[] = []
  #position = 0

  insertNodes(inputs: readonly Input[], { onConflict = 'error' }: Fields = {}) {
    const { rows, counts } = this.#insert(this.nodes, inputs, nodeOf, 'humanContent', onConflict)
    this.nodes = rows
    return counts
  }
  insertEpisodes(inputs: readonly Input[], { onConflict = 'error' }: Fields = {}) {
    const { rows, counts } = this.#insert(this.episodes, inputs, episodeOf, 'messages', onConflict)
    this.episodes = rows
    return counts
  }
  updateNode(scope: unknown, id: string, { embedding, extra, ...patch }: Fields) {
    if (['id', 'tenantId', 'userId'].some((name) => name in patch)) throw new Refusal('INVALID_NODE')
    if (Array.isArray(embedding) && embedding.length !== dimensions) throw new Refusal('DIMENSION_MISMATCH')
    const target = seen(this.nodes, scope).find(({ record }) => record.id === id)
    this.#change(target === undefined ? [] : [target], (row) => ({
      ...row,
      record: { ...row.record, ...patch, extra: { ...row.record.extra, ...(extra as object) } },
      vector: embedding === undefined ? row.vector : directed(embedding),
    }))
    return target !== undefined
  }
  recordAccess(scope: unknown, ids: readonly string[]) {
    this.#change(firstOfEach(named(this.nodes, scope, ids)), (row) => ({
      ...row,
      record: { ...row.record, accessCount: row.record.accessCount + 1, lastAccessed: now },
    }))
  }
  assignClusters(scope: unknown, entries: readonly Fields[]) {
    const last = new Map(entries.map((entry) => [String(entry.id), entry]))
    const rows = firstOfEach(named(this.nodes, scope, [...last.keys()]))
    this.#change(rows, (row) => {
      const { clusterId, label: clusterLabel, confidence: clusterConfidence } = last.get(row.record.id) ?? {}
      const given = Object.entries({ clusterId, clusterLabel, clusterConfidence })
      const changes = Object.fromEntries(given.filter(([, value]) => value !== undefined))
      return { ...row, record: { ...row.record, ...changes } }
    })
    return rows.length
  }
  deleteNodes(scope: unknown, ids: readonly string[]) {
    const gone = named(this.nodes, scope, ids)
    this.nodes = this.nodes.filter((row) => !gone.includes(row))
    return gone.length
  }
  deleteEpisodes(scope: unknown, ids: readonly string[]) {
    const gone = named(this.episodes, scope, ids)
    this.episodes = this.episodes.filter((row) => !gone.includes(row))
    return gone.length
  }
  deleteScope(scope: unknown) {
    const nodes = seen(this.nodes, scope)
    const episodes = seen(this.episodes, scope)
    this.nodes = this.nodes.filter((row) => !nodes.includes(row))
    this.episodes = this.episodes.filter((row) => !episodes.includes(row))
    return nodes.length + episodes.length
  }

  /** What a read of either kind sees, after the filter. */
  matching<K extends 'nodes' | 'episodes'>(kind: K, scope: unknown, filter?: unknown): Model[K] {
    if (filter !== undefined && !isFilter(filter)) throw new Refusal('TypeError')
    const rows = seen<MemoryNode | EpisodicMemory>(this[kind], scope)
    return rows.filter(
      ({ record }) => filter === undefined || passes(record as MemoryNode, filter),
    ) as Model[K]
  }
  search(kind: 'nodes' | 'episodes', query: readonly number[], scope: unknown, options: Fields) {
    const { topK = 10, minScore = 0, filter } = options
    if (filter !== undefined && !isFilter(filter)) throw new Refusal('TypeError')
    if (query.length !== dimensions) throw new Refusal('DIMENSION_MISMATCH')
    const rows: readonly Row<unknown>[] = this.matching(kind, scope, filter)
    const hits = rows.flatMap(({ record, vector }) =>
      vector ? [{ record, score: cosine(query, vector) }] : [],
    )
    const found = directed(query) ? hits.filter(({ score }) => score >= Number(minScore) - 1e-9) : []
    return new Ranking(found, Number(topK))
  }
  keywordSearch(text: string, scope: unknown, { topK = 10, filter }: Fields) {
    const all = this.matching('nodes', scope)
    const texts = all.map(({ record }) => `${record.humanContent} ${record.assistantContent}`)
    const scores = wordScores(text, texts)
    const kept = this.matching('nodes', scope, filter)
    const hits = all.map((row, index) => ({ row, record: row.record, score: scores[index] ?? 0 }))
    return new Ranking(
      hits.filter(({ row, score }) => score > 0 && kept.includes(row)),
      Number(topK),
    )
  }
  listScopes() {
    const counts = (field: 'tenantId' | 'userId') => {
      const of = (rows: readonly Row<Owned>[], name: string) =>
        rows.filter(({ record }) => record[field] === name).length
      const names = new Set([...this.nodes, ...this.episodes].flatMap(({ record }) => record[field] ?? []))
      return [...names].sort().map((name) => ({
        scope: { [field]: name },
        nodes: of(this.nodes, name),
        episodes: of(this.episodes, name),
      }))
    }
    return [...counts('tenantId'), ...counts('userId')]
  }

  #insert<T extends Owned>(
    old: readonly Row<T>[],
    inputs: readonly Input[],
    make: (input: Input) => T,
    textField: string,
    onConflict: unknown,
  ) {
    const rows = [...old]
    const counts = { inserted: 0, replaced: 0, ignored: 0 }
    const keys = inputs.map(({ tenantId, userId, id }) =>
      JSON.stringify(tenantId ? ['t', tenantId, id] : ['u', userId, id]),
    )
    const faults = inputs.map(
      (input, i) =>
        faultOf(input, textField) ?? (keys.indexOf(keys[i] ?? '') < i ? 'DUPLICATE_ID' : undefined),
    )
    const fault = faults.find((each) => each !== undefined)
    if (fault !== undefined) throw new Refusal(fault)
    inputs.forEach((input, i) => {
      const key = keys[i] ?? ''
      const place = rows.findIndex((row) => row.key === key)
      const row = { key, record: make(input), vector: directed(input.embedding) }
      const before = rows[place]
      if (before === undefined) rows.push({ ...row, position: ++this.#position })
      else if (onConflict === 'replace') rows[place] = { ...row, position: before.position }
      else if (onConflict !== 'ignore') throw new Refusal('DUPLICATE_ID')
      counts[before === undefined ? 'inserted' : onConflict === 'replace' ? 'replaced' : 'ignored'] += 1
    })
    return { rows, counts }
  }
  #change(rows: readonly Row<MemoryNode>[], change: (row: Row<MemoryNode>) => Row<MemoryNode>) {
    this.nodes = this.nodes.map((row) => (rows.includes(row) ? change(row) : row))
  }
}
