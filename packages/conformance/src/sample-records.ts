import type { EpisodicMemoryInput, MemoryNodeInput } from '@holdfast/core'

type Changes<T> = Partial<T>

/** A node of tenant `acme` with an id and little else. */
export function sampleNode(id: string, changes: Changes<MemoryNodeInput> = {}): MemoryNodeInput {
  return {
    id,
    tenantId: 'acme',
    humanContent: `question ${id}`,
    assistantContent: `answer ${id}`,
    createdAt: '2024-03-01T12:00:00.000001',
    ...changes,
  }
}

/** Nodes `prefix0`, `prefix1` … */
export function sampleNodes(
  count: number,
  prefix = 'n',
  changes: Changes<MemoryNodeInput> = {},
): readonly MemoryNodeInput[] {
  return Array.from({ length: count }, (_, index) => sampleNode(`${prefix}${index}`, changes))
}

/** An episode of tenant `acme` with an id and little else. */
export function sampleEpisode(id: string, changes: Changes<EpisodicMemoryInput> = {}): EpisodicMemoryInput {
  return {
    id,
    tenantId: 'acme',
    title: `title ${id}`,
    messages: [
      { role: 'human', content: `question ${id}` },
      { role: 'assistant', content: `answer ${id}` },
    ],
    createdAt: '2024-03-01T12:00:00.000001',
    ...changes,
  }
}

/** The scope of the samples. */
export const acme = { tenantId: 'acme' } as const

/** The vector that points along one axis. */
export function axis(index: number, dimensions = 8, length = 1): Float32Array {
  const vector = new Float32Array(dimensions)
  vector[index] = length
  return vector
}

/** The ids of records, in their order. */
export function idsOf(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map(({ id }) => id)
}
