import { z } from 'zod'
import { copyEmbedding } from './embedding-vector.js'
import { nodeFields } from './field-names.js'
import type { JsonObject } from './json-value.js'
import { memoryNodeId } from './memory-node-id.js'
import { plainNode } from './plain-node.js'
import { count, jsonObject, ownerId, parseWith, recordId, timestamp } from './record-schema.js'
import { type SplitFields, splitFields, splitStoredFields } from './split-fields.js'

/** One question and its answer. Every field of the Python system's node, and two of ours. */
export interface MemoryNode {
  /** Unique within its owner. */
  readonly id: string
  readonly conversationId: string
  /** Place within the conversation, from 0. */
  readonly sequenceIndex: number
  readonly humanContent: string
  readonly assistantContent: string
  /** The provider or product it came from. */
  readonly source: string
  /** ISO 8601 as it was given: with or without an offset, microseconds kept. */
  readonly createdAt: string
  readonly userId: string | null
  readonly tenantId: string | null
  readonly intentType: string
  readonly complexity: string
  readonly technicalDepth: number
  readonly emotionalValence: string
  readonly urgency: string
  readonly conversationMode: string
  readonly actionRequired: boolean
  readonly hasCode: boolean
  readonly hasError: boolean
  readonly tags: NodeTags
  /** `-1` is noise, `null` is not clustered. */
  readonly clusterId: number | null
  readonly clusterLabel: string | null
  readonly clusterConfidence: number
  readonly accessCount: number
  /** ISO 8601, or `null` when never. */
  readonly lastAccessed: string | null
  /** The application's own JSON. */
  readonly metadata: JsonObject
  /** Keys that this version does not know; they survive a round trip. */
  readonly extra: JsonObject
  /** The vector, on the way in. Reads leave it out: ask `getEmbeddings` or `scanNodes({ withEmbeddings: true })`. */
  readonly embedding?: Float32Array
}

/** Tags by category. The four named categories are always there. */
export interface NodeTags {
  readonly domains: readonly string[]
  readonly topics: readonly string[]
  readonly entities: readonly string[]
  readonly processes: readonly string[]
  readonly [category: string]: readonly string[]
}

/** What an insert takes: the two contents and an owner are required, every other field has Python's default. */
export type MemoryNodeInput = Pick<MemoryNode, 'humanContent' | 'assistantContent'> & {
  readonly [K in Exclude<keyof MemoryNode, OtherInput>]?: MemoryNode[K] | undefined
} & {
  readonly createdAt?: string | Date | undefined
  readonly lastAccessed?: string | Date | null | undefined
  readonly tags?: { readonly [category: string]: readonly string[] } | undefined
  readonly embedding?: Float32Array | readonly number[] | undefined
}

/** Fields that an input may give in another form than a node has it. */
type OtherInput = 'humanContent' | 'assistantContent' | 'createdAt' | 'lastAccessed' | 'tags' | 'embedding'

const tagList = z.array(z.string())

/** New arrays each time: a caller may change the node it was given. */
const tags = jsonObject.default({}).transform((given, context): NodeTags => {
  const lists: [string, readonly string[]][] = []
  for (const [category, value] of Object.entries(given)) {
    const result = tagList.safeParse(value)
    if (result.success) lists.push([category, result.data])
    else context.addIssue({ code: 'custom', path: [category], message: 'must be an array of strings' })
  }
  return { domains: [], topics: [], entities: [], processes: [], ...Object.fromEntries(lists) }
})

const nodeShape = {
  id: recordId.optional(),
  conversationId: z.string().default(''),
  sequenceIndex: z.int().default(0),
  humanContent: z.string(),
  assistantContent: z.string(),
  source: z.string().default('unknown'),
  createdAt: timestamp,
  userId: ownerId,
  tenantId: ownerId,
  intentType: z.string().default('statement'),
  complexity: z.string().default('simple'),
  technicalDepth: z.number().default(0),
  emotionalValence: z.string().default('neutral'),
  urgency: z.string().default('low'),
  conversationMode: z.string().default('chat'),
  actionRequired: z.boolean().default(false),
  hasCode: z.boolean().default(false),
  hasError: z.boolean().default(false),
  tags,
  clusterId: z.int32().nullable().default(null),
  clusterLabel: z.string().nullable().default(null),
  clusterConfidence: z.number().default(0),
  accessCount: count.default(0),
  lastAccessed: timestamp.nullable().default(null),
  metadata: jsonObject.default({}),
}

const nodeSchema = z.object(nodeShape)

/** How {@link parseMemoryNode} fills in what is missing. */
export interface ParseNodeOptions {
  /** `createdAt` when the input has none. Default: now. */
  readonly now?: Date
}

const storedFields = [...nodeFields, 'metadata']
const inputFields = [...storedFields, 'embedding']

/**
 * Checks a node and fills in the defaults. Fields may go by their camelCase or their snake_case name. The result
 * shares no object with the input; the input is not changed.
 * An absent id becomes `mem_` and 16 hex digits: see {@link memoryNodeId}.
 * @throws {MemoryError} `INVALID_NODE` naming each field that is wrong, `INVALID_EMBEDDING` for a vector that holds
 * no finite numbers. That an owner is missing is refused by the insert, not here.
 */
export function parseMemoryNode(input: unknown, options: ParseNodeOptions = {}): MemoryNode {
  const { node, embedding } = parseNodeInput(input, options.now)
  return embedding === undefined ? node : { ...node, embedding }
}

/** A checked node and, beside it, its vector. */
export interface NodeAndVector {
  readonly node: MemoryNode
  readonly embedding: Float32Array | undefined
}

/** As {@link parseMemoryNode}, for those who keep the vector elsewhere. */
export function parseNodeInput(input: unknown, now: Date | undefined): NodeAndVector {
  const fields = splitFields(input, 'node', inputFields)
  const node = checkedNode(fields, now)
  const { embedding } = fields.known
  return {
    node,
    embedding: embedding === null ? undefined : copyEmbedding(embedding, 'node.embedding'),
  }
}

/**
 * Checks a node as a file or a database holds it: see {@link splitStoredFields}.
 * @throws {MemoryError} `INVALID_NODE`.
 */
export function parseStoredNode(input: unknown, now: Date): MemoryNode {
  return checkedNode(splitStoredFields(input, 'node', storedFields), now)
}

function checkedNode({ known, extra }: SplitFields, now: Date | undefined): MemoryNode {
  const createdAt = known.createdAt ?? now ?? new Date()
  return plainNode(known, createdAt, extra) ?? nodeBySchema({ ...known, createdAt }, extra)
}

/** @internal What {@link plainNode} must agree with. */
export function nodeBySchema(fields: Readonly<Record<string, unknown>>, extra: JsonObject): MemoryNode {
  const node = parseWith(nodeSchema, fields, 'node')
  return { ...node, id: node.id ?? memoryNodeId(node), extra }
}

/**
 * Checks some fields of a node, by their camelCase names, without filling in any default.
 * @throws {MemoryError} `INVALID_NODE`.
 */
export function parseNodeFields(
  fields: Readonly<Record<string, unknown>>,
): Partial<z.infer<typeof nodeSchema>> {
  const shape = Object.fromEntries(Object.entries(nodeShape).filter(([name]) => Object.hasOwn(fields, name)))
  return parseWith(z.object(shape), fields, 'patch')
}
