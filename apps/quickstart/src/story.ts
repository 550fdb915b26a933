import type { MemoryBackend } from '@holdfast/core'
import type { Cast } from './cast.js'
import type { Interview } from './choose-questions.js'
import type { Narrator } from './narrator.js'

/** What every chapter after the first one needs. */
export interface Story {
  readonly narrator: Narrator
  /** The memory directory, opened for reading. */
  readonly source: MemoryBackend
  readonly cast: Cast
  readonly plan: Interview
}
