import type { EpisodicMemoryInput, MemoryNodeInput } from '@holdfast/core'

export function node(
  id: string,
  embedding: readonly number[],
  fields: Partial<MemoryNodeInput> = {},
): MemoryNodeInput {
  return {
    id,
    tenantId: 'acme',
    humanContent: `question ${id}`,
    assistantContent: `answer ${id}`,
    source: 'chat',
    createdAt: '2025-09-01T08:14:07.250113',
    embedding,
    ...fields,
  }
}

export function episode(
  id: string,
  embedding: readonly number[],
  fields: Partial<EpisodicMemoryInput> = {},
): EpisodicMemoryInput {
  return {
    id,
    tenantId: 'acme',
    title: `Title ${id}`,
    messages: [
      { role: 'user', content: `question ${id}` },
      { role: 'assistant', content: `answer ${id}` },
    ],
    source: 'chat',
    createdAt: '2025-09-02T00:00:00',
    embedding,
    ...fields,
  }
}

export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}
