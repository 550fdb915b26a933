/**
 * The fields of the Python system's node and episode, in its order, and the one place where camelCase becomes the
 * snake_case of the files and SQL columns.
 */
export const nodeFields = [
  'id',
  'conversationId',
  'sequenceIndex',
  'humanContent',
  'assistantContent',
  'source',
  'createdAt',
  'userId',
  'tenantId',
  'intentType',
  'complexity',
  'technicalDepth',
  'emotionalValence',
  'urgency',
  'conversationMode',
  'actionRequired',
  'hasCode',
  'hasError',
  'tags',
  'clusterId',
  'clusterLabel',
  'clusterConfidence',
  'accessCount',
  'lastAccessed',
] as const

/** The Python episode's fields, then the owner, which only records written here carry. */
export const episodeFields = [
  'id',
  'title',
  'messages',
  'messageCount',
  'source',
  'createdAt',
  'updatedAt',
  'durationMinutes',
  'llmTags',
  'dominantIntent',
  'avgComplexity',
  'avgTechnicalDepth',
  'emotionalArc',
  'hasCode',
  'hasErrors',
  'urgencyMax',
  'memoryNodeIds',
  'relatedEpisodeIds',
  'accessCount',
  'lastAccessed',
  'tenantId',
  'userId',
] as const

/** Fields that Python holds as `float`, so that a whole number is written `1.0`. */
export const floatFields: ReadonlySet<string> = new Set([
  'clusterConfidence',
  'durationMinutes',
  'avgComplexity',
  'avgTechnicalDepth',
])

const snakeNames = new Map<string, string>(
  [...nodeFields, ...episodeFields].map((name) => [name, convert(name)]),
)

/** `humanContent` → `human_content`. */
export function toSnakeCase(name: string): string {
  return snakeNames.get(name) ?? convert(name)
}

function convert(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
