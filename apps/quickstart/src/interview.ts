import type { MemoryBackend, Scope } from '@holdfast/core'
import { DualRetriever } from '@holdfast/retrieval'
import type { Interview, Question } from './choose-questions.js'
import type { Narrator } from './narrator.js'

/** A memory that was found, as it is shown and compared. */
export interface Finding {
  /** Id and owner: ids are unique within an owner only. */
  readonly key: string
  readonly id: string
  readonly text: string
  readonly score: number
}

/** What one question brought. */
export interface Answer {
  readonly question: Question
  readonly exchanges: readonly Finding[]
  readonly conversations: readonly Finding[]
  /** The text for a prompt. */
  readonly context: string
}

/** Asks every question in one scope: three exchanges and two conversations each. */
export async function interview(
  backend: MemoryBackend,
  scope: Scope,
  { questions, embedder }: Interview,
): Promise<readonly Answer[]> {
  const retriever = new DualRetriever(backend, scope, embedder === undefined ? {} : { embedder })
  const answers: Answer[] = []
  for (const question of questions) {
    const found = await retriever.retrieve(question.query, { topK: 3, episodes: { topK: 2 } })
    answers.push({
      question,
      exchanges: found.process.map(({ node, score }) =>
        finding(node, score, node.humanContent.trim() || node.assistantContent),
      ),
      conversations: found.episodic.map(({ episode, score }) =>
        finding(episode, score, episode.title.trim() || (episode.messages[0]?.content ?? '')),
      ),
      context: found.context,
    })
  }
  return answers
}

/** Shows what a question brought. */
export function showAnswer(narrator: Narrator, { question, exchanges, conversations }: Answer): void {
  narrator.ask(question.text)
  narrator.say(exchanges.length === 0 ? 'No exchanges.' : 'Exchanges (process memory):')
  for (const { score, text, id } of exchanges) narrator.memory(score, text, id)
  narrator.say(conversations.length === 0 ? 'No conversations.' : 'Conversations (episodic memory):')
  for (const { score, text, id } of conversations) narrator.memory(score, text, id)
}

function finding(
  record: { readonly id: string; readonly tenantId: string | null; readonly userId: string | null },
  score: number,
  text: string,
): Finding {
  const { id, tenantId, userId } = record
  return { key: JSON.stringify([tenantId, tenantId === null ? userId : null, id]), id, text, score }
}
