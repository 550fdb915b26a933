import type { Logger } from '@holdfast/core'
import type { OnProgress } from './migration-progress.js'

/** What a command is given besides its options. */
export interface CommandContext {
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
  readonly logger: Logger
  /** Tells the user what is being done, in a line. */
  readonly say: (line: string) => void
}
