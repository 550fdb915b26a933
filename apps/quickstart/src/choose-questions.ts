import type { MemoryBackend, Scope } from '@holdfast/core'
import { type Embedder, LocalEmbedder, type Query } from '@holdfast/retrieval'
import { sampleQuestions } from './sample-questions.js'

/** A question as it is shown, and as it is asked: the same words, or a vector in their place. */
export interface Question {
  readonly text: string
  readonly query: Query
}

export interface Interview {
  readonly questions: readonly Question[]
  /** `undefined` when vectors are asked. */
  readonly embedder: Embedder | undefined
  /** Why vectors are asked in place of words. */
  readonly reason: string | undefined
}

const howMany = 3
/** A question of a directory may be a whole document; its beginning says enough. */
const longestQuestion = 300

/**
 * Three questions: those of the sample, or the first ones that were asked in this scope. Where the local model does
 * not fit the stored vectors, the vectors of three exchanges are asked in place of words.
 */
export async function chooseQuestions(
  backend: MemoryBackend,
  asking: Scope,
  isSample: boolean,
): Promise<Interview> {
  const reason = whyNotTheLocalModel(backend)
  if (reason !== undefined)
    return { questions: await firstVectors(backend, asking), embedder: undefined, reason }
  const embedder = await LocalEmbedder.create()
  const texts = isSample ? sampleQuestions.map(({ question }) => question) : await firstTexts(backend, asking)
  return { questions: texts.map((text) => ({ text, query: text })), embedder, reason: undefined }
}

function whyNotTheLocalModel({ dimensions, embeddingModel }: MemoryBackend): string | undefined {
  const local = LocalEmbedder.model
  if (dimensions !== undefined && dimensions !== local.dimensions) {
    return `These vectors have ${dimensions} dimensions and the local model has ${local.dimensions}, so it cannot ask here.`
  }
  const isOther =
    embeddingModel !== undefined &&
    (embeddingModel.provider !== local.provider || embeddingModel.model !== local.model)
  return isOther
    ? `These vectors come from ${embeddingModel.provider} ${embeddingModel.model}, so the local model cannot ask here.`
    : undefined
}

async function firstTexts(backend: MemoryBackend, asking: Scope): Promise<readonly string[]> {
  const texts = new Set<string>()
  for await (const { nodes } of backend.scanNodes(asking)) {
    for (const { humanContent } of nodes) {
      const text = humanContent.trim().slice(0, longestQuestion).toWellFormed()
      if (text !== '') texts.add(text)
      if (texts.size === howMany) return [...texts]
    }
  }
  return [...texts]
}

async function firstVectors(backend: MemoryBackend, asking: Scope): Promise<readonly Question[]> {
  const questions: Question[] = []
  for await (const { nodes, embeddings } of backend.scanNodes(asking, { withEmbeddings: true })) {
    for (const [index, { humanContent }] of nodes.entries()) {
      const vector = embeddings?.[index]
      if (vector !== undefined)
        questions.push({ text: humanContent.slice(0, longestQuestion), query: vector })
      if (questions.length === howMany) return questions
    }
  }
  return questions
}
