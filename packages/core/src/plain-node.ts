import { isPlainObject, type JsonObject } from './json-value.js'
import type { MemoryNode, NodeTags } from './memory-node.js'
import { isStorableText } from './owner.js'
import { timestampMicros } from './timestamp.js'

/**
 * The node that the schema would make of these fields, when every one is plainly right; `undefined` when the schema has
 * to look, and to name what is wrong. It takes a fraction of the time, and nearly every node is plain.
 * @param known fields by their camelCase name; objects in it are nobody else's.
 * @param createdAt takes the place of the one in `known`.
 */
export function plainNode(
  known: Readonly<Record<string, unknown>>,
  createdAt: unknown,
  extra: JsonObject,
): MemoryNode | undefined {
  const { id, humanContent, assistantContent, conversationId = '', sequenceIndex = 0 } = known
  const { source = 'unknown', userId = null, tenantId = null, intentType = 'statement' } = known
  const { complexity = 'simple', technicalDepth = 0, emotionalValence = 'neutral', urgency = 'low' } = known
  const { conversationMode = 'chat', actionRequired = false, hasCode = false, hasError = false } = known
  const { clusterId = null, clusterLabel = null, clusterConfidence = 0, accessCount = 0 } = known
  const { lastAccessed = null, metadata = {} } = known
  if (!isName(id) || id === '' || !isText(conversationId) || !isInteger(sequenceIndex)) return undefined
  if (!isText(humanContent) || !isText(assistantContent) || !isText(source)) return undefined
  const time = createdAt instanceof Date ? isoText(createdAt) : createdAt
  if (!isTimestamp(time) || (userId !== null && !isName(userId))) return undefined
  if ((tenantId !== null && !isName(tenantId)) || !isText(intentType) || !isText(complexity)) return undefined
  if (!isNumber(technicalDepth) || !isText(emotionalValence) || !isText(urgency)) return undefined
  if (!isText(conversationMode) || !isFlag(actionRequired) || !isFlag(hasCode)) return undefined
  if (!isFlag(hasError) || (clusterId !== null && !isInt32(clusterId))) return undefined
  if ((clusterLabel !== null && !isText(clusterLabel)) || !isNumber(clusterConfidence)) return undefined
  if (!isInteger(accessCount) || accessCount < 0) return undefined
  if ((lastAccessed !== null && !isTimestamp(lastAccessed)) || !isJsonObject(metadata)) return undefined
  const tags = plainTags(known.tags)
  if (tags === undefined) return undefined
  return {
    id,
    conversationId,
    sequenceIndex,
    humanContent,
    assistantContent,
    source,
    createdAt: time,
    userId: userId === '' ? null : userId,
    tenantId: tenantId === '' ? null : tenantId,
    intentType,
    complexity,
    technicalDepth,
    emotionalValence,
    urgency,
    conversationMode,
    actionRequired,
    hasCode,
    hasError,
    tags,
    clusterId,
    clusterLabel,
    clusterConfidence,
    accessCount,
    lastAccessed,
    metadata,
    extra,
  }
}

function plainTags(tags: unknown): NodeTags | undefined {
  if (tags === undefined) return { domains: [], topics: [], entities: [], processes: [] }
  if (!isPlainObject(tags)) return undefined
  const isPlain = Object.values(tags).every((list) => Array.isArray(list) && list.every(isText))
  return isPlain
    ? { domains: [], topics: [], entities: [], processes: [], ...(tags as Record<string, string[]>) }
    : undefined
}

/** Three bytes a UTF-16 unit are the most that UTF-8 takes: no id or owner of this length is too long. */
const shortName = 170

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= shortName && isStorableText(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTimestamp(value: unknown): value is string {
  return typeof value === 'string' && timestampMicros(value) !== undefined
}

function isoText(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isInt32(value: unknown): value is number {
  return isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isJsonObject(value: unknown): value is JsonObject {
  return isPlainObject(value)
}
