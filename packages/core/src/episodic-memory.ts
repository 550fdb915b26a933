import { z } from 'zod'
import { copyEmbedding } from './embedding-vector.js'
import { episodeFields } from './field-names.js'
import type { JsonObject } from './json-value.js'
import { count, jsonObject, ownerId, parseWith, recordId, timestamp } from './record-schema.js'
import { type SplitFields, splitFields, splitStoredFields } from './split-fields.js'

/** One turn of a conversation. */
export interface EpisodeMessage {
  readonly role: string
  readonly content: string
  readonly [key: string]: unknown
}

/** A whole conversation. Every field of the Python system's episode, its owner, and two of ours. */
export interface EpisodicMemory {
  /** The conversation's id; unique within its owner. */
  readonly id: string
  readonly title: string
  readonly messages: readonly EpisodeMessage[]
  readonly messageCount: number
  readonly source: string
  /** ISO 8601 as it was given. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly durationMinutes: number
  readonly llmTags: JsonObject
  readonly dominantIntent: string
  readonly avgComplexity: number
  readonly avgTechnicalDepth: number
  readonly emotionalArc: string
  readonly hasCode: boolean
  readonly hasErrors: boolean
  readonly urgencyMax: string
  readonly memoryNodeIds: readonly string[]
  readonly relatedEpisodeIds: readonly string[]
  readonly accessCount: number
  readonly lastAccessed: string | null
  /**
   * The owner. Files of the Python system do not name it: there it follows from the nodes in `memoryNodeIds`, when
   * all of them agree.
   */
  readonly tenantId: string | null
  readonly userId: string | null
  readonly metadata: JsonObject
  /** Keys that this version does not know; they survive a round trip. */
  readonly extra: JsonObject
  /** The vector, on the way in. Reads leave it out. */
  readonly embedding?: Float32Array
}

/** What an insert takes: the messages and an owner are required, every other field has a default. */
export type EpisodicMemoryInput = Pick<EpisodicMemory, 'id' | 'messages'> & {
  readonly [K in Exclude<keyof EpisodicMemory, OtherInput>]?: EpisodicMemory[K] | undefined
} & {
  readonly createdAt?: string | Date | undefined
  readonly updatedAt?: string | Date | undefined
  readonly lastAccessed?: string | Date | null | undefined
  readonly embedding?: Float32Array | readonly number[] | undefined
}

/** Fields that are required, or that an input may give in another form than an episode has it. */
type OtherInput = 'id' | 'messages' | 'createdAt' | 'updatedAt' | 'lastAccessed' | 'embedding'

const message = jsonObject
  .refine(({ role }) => typeof role === 'string', { path: ['role'], message: 'must be a string' })
  .refine(({ content }) => typeof content === 'string', { path: ['content'], message: 'must be a string' })
  .transform((given) => given as unknown as EpisodeMessage)

const episodeSchema = z.object({
  id: recordId,
  title: z.string().default(''),
  messages: z.array(message).readonly(),
  messageCount: count,
  source: z.string().default('unknown'),
  createdAt: timestamp,
  updatedAt: timestamp,
  durationMinutes: z.number().default(0),
  llmTags: jsonObject.default({}),
  dominantIntent: z.string().default(''),
  avgComplexity: z.number().default(0),
  avgTechnicalDepth: z.number().default(0),
  emotionalArc: z.string().default(''),
  hasCode: z.boolean().default(false),
  hasErrors: z.boolean().default(false),
  urgencyMax: z.string().default('low'),
  memoryNodeIds: z.array(z.string()).readonly().default([]),
  relatedEpisodeIds: z.array(z.string()).readonly().default([]),
  accessCount: count.default(0),
  lastAccessed: timestamp.nullable().default(null),
  tenantId: ownerId,
  userId: ownerId,
  metadata: jsonObject.default({}),
})

const storedFields = [...episodeFields, 'metadata']
const inputFields = [...storedFields, 'embedding']

/** How {@link parseEpisodicMemory} fills in what is missing. */
export interface ParseEpisodeOptions {
  /** `createdAt` when the input has none. Default: now. */
  readonly now?: Date
}

/**
 * Checks an episode and fills in the defaults; `messageCount` is the number of messages, `updatedAt` is `createdAt`.
 * Names and copying as in `parseMemoryNode`.
 * @throws {MemoryError} `INVALID_NODE`, `INVALID_EMBEDDING`.
 */
export function parseEpisodicMemory(input: unknown, options: ParseEpisodeOptions = {}): EpisodicMemory {
  const fields = splitFields(input, 'episode', inputFields)
  return checkedEpisode(fields, options.now)
}

/**
 * Checks an episode as a file or a database holds it: see {@link splitStoredFields}.
 * @throws {MemoryError} `INVALID_NODE`.
 */
export function parseStoredEpisode(input: unknown, now: Date): EpisodicMemory {
  return checkedEpisode(splitStoredFields(input, 'episode', storedFields), now)
}

function checkedEpisode({ known, extra }: SplitFields, now: Date | undefined): EpisodicMemory {
  const { embedding, ...fields } = known
  const createdAt = fields.createdAt ?? now ?? new Date()
  const filled = {
    ...fields,
    createdAt,
    updatedAt: fields.updatedAt ?? createdAt,
    messageCount: fields.messageCount ?? (Array.isArray(fields.messages) ? fields.messages.length : 0),
  }
  const episode = parseWith(episodeSchema, filled, 'episode')
  const vector = embedding === null ? undefined : copyEmbedding(embedding, 'episode.embedding')
  return { ...episode, extra, ...(vector === undefined ? {} : { embedding: vector }) }
}
