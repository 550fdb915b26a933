import type { ExportedRecord, MemoryBackend, RecordKind } from '@holdfast/core'

/**
 * All that a store shows, one line a record: its place in the order, owner, cluster, text byte for byte and the bits of
 * its vector; the first line holds the settings.
 */
export async function storeText(backend: MemoryBackend): Promise<string> {
  const lines = [JSON.stringify([backend.dimensions ?? null, backend.embeddingModel ?? null])]
  // One record a batch, so that each has a cursor, which tells its position.
  for await (const { kind, records, cursor } of backend.admin.exportAll({ batchSize: 1 })) {
    for (const record of records) lines.push(recordLine(kind, cursor, record))
  }
  return lines.join('\n')
}

/** What {@link storeText} shows of a store without any records or settings. */
export const emptyText = '[null,null]'

function recordLine(kind: RecordKind, cursor: string, record: ExportedRecord): string {
  const { id, owner, clusterId, text, embedding } = record
  return JSON.stringify([kind, id, cursor, owner ?? null, clusterId, text, bitsOf(embedding)])
}

function bitsOf(vector: Float32Array | undefined): string | null {
  if (vector === undefined) return null
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('hex')
}

/** The records of a {@link storeText}, as the files that Python reads hold them. */
export interface TextRecord {
  readonly kind: string
  readonly id: string
  readonly clusterId: number | null
  readonly text: string
  readonly vector: string | null
}

export function recordsOf(storeText: string): readonly TextRecord[] {
  return storeText
    .split('\n')
    .slice(1)
    .map((line) => {
      const [kind, id, , , clusterId, text, vector] = JSON.parse(line)
      return { kind, id, clusterId, text, vector }
    })
}
