import {
  type EmbeddingModel,
  type ExportBatch,
  type ExportedRecord,
  type ExportOptions,
  formatEpisode,
  formatNode,
  type ImportedBatch,
  type InsertOptions,
  type InsertResult,
  isInScope,
  MemoryError,
  ownerKey,
  ownerOf,
  parseEpisodicMemory,
  parseMemoryNode,
  type RecordKind,
  resolveScope,
} from '@holdfast/core'
import type { MigrationStore } from '../src/index.js'

export type Records = Readonly<Record<RecordKind, readonly ExportedRecord[]>>

/** A store in memory with as much of the promises as a migration needs, that counts what is asked of it. */
export class FakeStore implements MigrationStore {
  dimensions: number | undefined = 2
  embeddingModel: EmbeddingModel | undefined
  readonly records: Record<RecordKind, ExportedRecord[]>
  readonly batches: { readonly kind: RecordKind; readonly size: number }[] = []
  largestRead = 0
  openExports = 0

  constructor(records: Partial<Records> = {}) {
    this.records = { nodes: [...(records.nodes ?? [])], episodes: [...(records.episodes ?? [])] }
  }

  readonly admin = {
    exportAll: (options: ExportOptions = {}) => this.#exportAll(options),
    importAll: (
      batches: AsyncIterable<ImportedBatch> | Iterable<ImportedBatch>,
      options: InsertOptions = {},
    ) => this.#importAll(batches, options),
    setEmbeddingModel: async (model: EmbeddingModel) => {
      this.embeddingModel = model
    },
  }

  async *#importAll(
    batches: AsyncIterable<ImportedBatch> | Iterable<ImportedBatch>,
    { onConflict = 'error', signal }: InsertOptions,
  ): AsyncGenerator<InsertResult> {
    for await (const { kind, records } of batches) {
      signal?.throwIfAborted()
      const known = new Set(this.records[kind].map(keyOf))
      const fresh = records.filter((record) => !known.has(keyOf(record)))
      if (onConflict === 'error' && fresh.length < records.length) throw new MemoryError('DUPLICATE_ID')
      this.records[kind].push(...fresh)
      this.batches.push({ kind, size: records.length })
      yield { inserted: fresh.length, replaced: 0, ignored: records.length - fresh.length }
    }
  }

  async *#exportAll({ batchSize = 256, scope, signal }: ExportOptions): AsyncGenerator<ExportBatch> {
    const resolved = scope === undefined ? undefined : resolveScope(scope)
    this.openExports += 1
    try {
      for (const kind of ['nodes', 'episodes'] as const) {
        const seen = this.records[kind].filter(
          ({ owner }) => resolved === undefined || (owner !== undefined && isInScope(owner, resolved)),
        )
        for (let start = 0; start < seen.length; start += batchSize) {
          signal?.throwIfAborted()
          const records = seen.slice(start, start + batchSize)
          this.largestRead = Math.max(this.largestRead, records.length)
          yield { kind, records, cursor: '' }
        }
      }
    } finally {
      this.openExports -= 1
    }
  }
}

function keyOf({ id, owner }: ExportedRecord): string {
  if (owner === undefined) throw new MemoryError('SCOPE_REQUIRED')
  return JSON.stringify([ownerKey(owner), id])
}

interface Fields {
  readonly tenantId?: string | null
  readonly userId?: string | null
  readonly [field: string]: unknown
}

/** A node as a store exports it. */
export function node(id: string, fields: Fields = { tenantId: 't' }): ExportedRecord {
  const { embedding = new Float32Array([1, 0.5]), ...record } = parseMemoryNode({
    id,
    humanContent: `question ${id}`,
    assistantContent: 'answer',
    createdAt: '2025-01-01T00:00:00',
    ...fields,
  })
  return { id, owner: ownerOf(record), text: formatNode(record), embedding, clusterId: record.clusterId }
}

/** An episode as a store exports it. */
export function episode(id: string, fields: Fields = { tenantId: 't' }): ExportedRecord {
  const { embedding, ...record } = parseEpisodicMemory({
    id,
    messages: [{ role: 'human', content: 'hello' }],
    createdAt: '2025-01-01T00:00:00',
    ...fields,
  })
  return { id, owner: ownerOf(record), text: formatEpisode(record), embedding, clusterId: null }
}

/** `count` nodes and a third as many episodes, of three owners. */
export function sampleRecords(count: number): Records {
  const owners = [{ tenantId: 'a' }, { tenantId: 'b', userId: 'u' }, { userId: 'u' }]
  const owner = (index: number) => owners[index % owners.length] ?? {}
  return {
    nodes: Array.from({ length: count }, (_, index) =>
      node(`n${index}`, { ...owner(index), clusterId: index % 4 === 0 ? null : (index % 3) - 1 }),
    ),
    episodes: Array.from({ length: Math.floor(count / 3) }, (_, index) => episode(`e${index}`, owner(index))),
  }
}
