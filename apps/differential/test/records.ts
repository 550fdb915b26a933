import type { EpisodicMemory, MemoryNode } from '@holdfast/core'

/** Dimensions of every store of these tests. */
export const dimensions = 3

/** The moment that the clock of these tests always shows. */
export const now = '2024-06-01T00:00:00.000Z'

/** An id that no insert takes. */
export function isImpossible(text: string): boolean {
  return text.includes('\0') || /\p{Surrogate}/u.test(text)
}

/** A vector that points somewhere; zeros are stored as none. */
export function directed(vector: unknown): readonly number[] | undefined {
  return Array.isArray(vector) && vector.some((value) => value !== 0) ? vector : undefined
}

/** A record of an insert as a caller may give it, right or wrong. */
export type Input = Readonly<Record<string, unknown>>

/** What is wrong with an input, in the order in which the contract looks. */
export function faultOf(input: Input, textField: string): string | undefined {
  const { id, tenantId, userId, embedding } = input
  const names = [id, tenantId, userId].filter((name) => typeof name === 'string')
  if (id === '' || names.some(isImpossible) || input[textField] === undefined) return 'INVALID_NODE'
  if (Array.isArray(embedding) && embedding.some((value) => !Number.isFinite(value)))
    return 'INVALID_EMBEDDING'
  if (!tenantId && !userId) return 'SCOPE_REQUIRED'
  return Array.isArray(embedding) && embedding.length !== dimensions ? 'DIMENSION_MISMATCH' : undefined
}

/** The node that a right input becomes. */
export function nodeOf({ embedding: _, ...input }: Input): MemoryNode {
  const { tags, ...given } = input as Partial<MemoryNode>
  return {
    id: '',
    conversationId: '',
    sequenceIndex: 0,
    humanContent: '',
    assistantContent: '',
    source: 'unknown',
    createdAt: now,
    intentType: 'statement',
    complexity: 'simple',
    technicalDepth: 0,
    emotionalValence: 'neutral',
    urgency: 'low',
    conversationMode: 'chat',
    actionRequired: false,
    hasCode: false,
    hasError: false,
    clusterId: null,
    clusterLabel: null,
    clusterConfidence: 0,
    accessCount: 0,
    lastAccessed: null,
    metadata: {},
    extra: {},
    ...given,
    userId: given.userId || null,
    tenantId: given.tenantId || null,
    tags: { domains: [], topics: [], entities: [], processes: [], ...tags },
  }
}

/** The episode that a right input becomes. */
export function episodeOf({ embedding: _, ...input }: Input): EpisodicMemory {
  const given = input as Partial<EpisodicMemory>
  const { createdAt = now, messages = [] } = given
  return {
    id: '',
    title: '',
    messages,
    messageCount: messages.length,
    source: 'unknown',
    createdAt,
    updatedAt: createdAt,
    durationMinutes: 0,
    llmTags: {},
    dominantIntent: '',
    avgComplexity: 0,
    avgTechnicalDepth: 0,
    emotionalArc: '',
    hasCode: false,
    hasErrors: false,
    urgencyMax: 'low',
    memoryNodeIds: [],
    relatedEpisodeIds: [],
    accessCount: 0,
    lastAccessed: null,
    metadata: {},
    extra: {},
    ...given,
    userId: given.userId || null,
    tenantId: given.tenantId || null,
  }
}
