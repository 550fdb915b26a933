import { z } from 'zod'
import { type EpisodicMemory, parseEpisodicMemory } from './episodic-memory.js'
import { type MemoryNode, parseMemoryNode } from './memory-node.js'
import { ownerId, parseWith, timestamp } from './record-schema.js'
import { splitFields } from './split-fields.js'
import { timestampMicros } from './timestamp.js'

const conversationFields = ['id', 'title', 'source', 'tenantId', 'userId', 'createdAt', 'messages']
const messageFields = ['role', 'content', 'createdAt']

const conversationSchema = z.object({
  id: z.string().min(1),
  title: z.string().default(''),
  source: z.string().default('unknown'),
  tenantId: ownerId,
  userId: ownerId,
  createdAt: timestamp.optional(),
  messages: z.array(z.object({ role: z.string(), content: z.string(), createdAt: timestamp.optional() })),
})

/**
 * A conversation as an application has it. Roles `human` and `user` ask, `assistant` and `ai` answer. Fields may go by
 * their snake_case names too; fields that are not named here are left out.
 */
export interface Conversation {
  readonly id: string
  readonly title?: string
  readonly source?: string
  readonly tenantId?: string | null
  readonly userId?: string | null
  readonly createdAt?: string | Date
  readonly messages: readonly {
    readonly role: string
    readonly content: string
    readonly createdAt?: string | Date
  }[]
}

/** A fence, or an indented line that ends like code. No part of it can match a line in two ways, so it stays linear. */
const codePattern = /```|^[ \t]{4,}[^ \t\r\n].*[;{}()][ \t]*$/m

const askingRoles = new Set(['human', 'user'])
const answeringRoles = new Set(['assistant', 'ai'])

/**
 * One node per exchange: a question and the answer after it, numbered from 0. Several messages of one side in a row
 * belong together and are joined by an empty line. A question that was never answered gets an empty answer; other
 * roles and an answer before the first question are left out.
 * @throws {MemoryError} `INVALID_NODE`.
 */
export function conversationToNodes(conversation: Conversation): readonly MemoryNode[] {
  const { id, source, tenantId, userId, createdAt, messages } = parseConversation(conversation)
  const now = new Date()
  const exchanges: { human: string[]; assistant: string[]; at: string | Date }[] = []
  for (const message of messages) {
    const last = exchanges.at(-1)
    if (askingRoles.has(message.role)) {
      if (last && last.assistant.length === 0) last.human.push(message.content)
      else
        exchanges.push({ human: [message.content], assistant: [], at: message.createdAt ?? createdAt ?? now })
    } else if (answeringRoles.has(message.role)) {
      last?.assistant.push(message.content)
    }
  }
  return exchanges.map(({ human, assistant, at }, sequenceIndex) => {
    const humanContent = human.join('\n\n')
    const assistantContent = assistant.join('\n\n')
    return parseMemoryNode({
      conversationId: id,
      sequenceIndex,
      humanContent,
      assistantContent,
      source,
      tenantId,
      userId,
      createdAt: at,
      intentType: /[?？]\s*$/.test(humanContent) ? 'question' : 'statement',
      hasCode: codePattern.test(`${humanContent}\n${assistantContent}`),
    })
  })
}

/**
 * The conversation as one episode: its messages, the ids of its nodes, its times and its duration in minutes.
 * @param nodes what {@link conversationToNodes} gave for it; made anew when left out.
 * @throws {MemoryError} `INVALID_NODE`.
 */
export function conversationToEpisode(
  conversation: Conversation,
  nodes: readonly MemoryNode[] = conversationToNodes(conversation),
): EpisodicMemory {
  const parsed = parseConversation(conversation)
  const times = [parsed.createdAt, ...parsed.messages.map((message) => message.createdAt)]
    .filter((time) => time !== undefined)
    .sort((a, b) => (timestampMicros(a) ?? 0) - (timestampMicros(b) ?? 0))
  const first = times[0] ?? nodes[0]?.createdAt ?? new Date().toISOString()
  const last = times.at(-1) ?? first
  return parseEpisodicMemory({
    id: parsed.id,
    title: parsed.title,
    source: parsed.source,
    tenantId: parsed.tenantId,
    userId: parsed.userId,
    createdAt: first,
    updatedAt: last,
    durationMinutes: ((timestampMicros(last) ?? 0) - (timestampMicros(first) ?? 0)) / 60_000_000,
    messages: parsed.messages.map(({ role, content }) => ({ role, content })),
    dominantIntent: nodes[0]?.intentType ?? '',
    hasCode: nodes.some((node) => node.hasCode),
    hasErrors: nodes.some((node) => node.hasError),
    memoryNodeIds: nodes.map((node) => node.id),
  })
}

function parseConversation(conversation: Conversation): z.infer<typeof conversationSchema> {
  const { known } = splitFields(conversation, 'conversation', conversationFields)
  const messages = Array.isArray(known.messages)
    ? known.messages.map(
        (message, index) => splitFields(message, `conversation.messages.${index}`, messageFields).known,
      )
    : known.messages
  return parseWith(conversationSchema, { ...known, messages }, 'conversation')
}
