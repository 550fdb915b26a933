import type { EpisodeMessage, ScoredEpisode, ScoredNode } from '@holdfast/core'
import { escapeAttribute, escapeStoredText } from './escape-stored-text.js'

/** A memory on its way into a prompt. */
export interface ContextMemory {
  readonly kind: 'exchange' | 'conversation'
  readonly score: number
  /** ISO 8601. */
  readonly createdAt: string
  readonly source: string
  readonly title?: string
  readonly messages: readonly EpisodeMessage[]
}

export function exchangeMemory({ node, score }: ScoredNode): ContextMemory {
  return {
    kind: 'exchange',
    score,
    createdAt: node.createdAt,
    source: node.source,
    messages: [
      { role: 'user', content: node.humanContent },
      { role: 'assistant', content: node.assistantContent },
    ],
  }
}

export function conversationMemory({ episode, score }: ScoredEpisode): ContextMemory {
  const { createdAt, source, title, messages } = episode
  return { kind: 'conversation', score, createdAt, source, title, messages }
}

/** The memory as a numbered block that its text cannot leave. */
export function memoryBlock(memory: ContextMemory, number: number): string {
  const attributes = [
    ['number', String(number)],
    ['kind', memory.kind],
    ['date', memory.createdAt.slice(0, 10)],
    ['source', memory.source],
    ['score', memory.score.toFixed(3)],
    ...(memory.title ? [['title', memory.title]] : []),
  ]
  const head = attributes.map(([name, value]) => ` ${name}="${escapeAttribute(value ?? '')}"`).join('')
  const lines = memory.messages.map(({ role, content }) => `${role}: ${content}`)
  return `<memory${head}>\n${escapeStoredText(lines.join('\n'))}\n</memory>`
}
