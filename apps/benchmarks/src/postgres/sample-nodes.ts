import type { MemoryNodeInput } from '@holdfast/core'
import type { SampleRows } from '../file-search/sample-rows.js'
import { idOf } from '../file-search/write-python-store.js'

/** A node with a vector. */
export interface SampleNode extends MemoryNodeInput {
  readonly id: string
  readonly tenantId: string
  readonly embedding: Float32Array
}

/** A sample row as an application hands it over: about 1 KB of text and a vector. */
export function nodeOf(rows: SampleRows, row: number, tenantId: string): SampleNode {
  const { human, assistant } = rows.text(row)
  const embedding = new Float32Array(rows.dimensions)
  rows.vector(row, embedding)
  return {
    id: idOf(row),
    tenantId,
    userId: `user-${row % 7}`,
    conversationId: `conversation-${Math.floor(row / 8)}`,
    sequenceIndex: row % 8,
    humanContent: human,
    assistantContent: assistant,
    createdAt: '2025-01-02T03:04:05.123456',
    tags: { domains: ['bench'] },
    embedding,
  }
}

/** Nodes of one tenant. */
export function nodesOf(rows: SampleRows, first: number, count: number, tenantId: string): SampleNode[] {
  return Array.from({ length: count }, (_, index) => nodeOf(rows, first + index, tenantId))
}
