import type { MigrationPhase, MigrationProgress } from './migration-progress.js'

/** What a phase is called where a user reads it. */
export const phaseLabels: Readonly<Record<MigrationPhase, string>> = {
  survey: 'reading the source',
  copy: 'copying',
  verify: 'comparing',
}

/** Shows progress until it is stopped. */
export interface ProgressView {
  readonly show: (progress: MigrationProgress) => void
  /** Leaves the output at the beginning of a line. */
  readonly stop: () => void
}

/** Plain lines for files and pipes: one for each phase that begins, then at most one for every 10 %. */
export function progressLines(write: (text: string) => void): ProgressView {
  let phase: MigrationPhase | undefined
  let tenths = 0
  return {
    show({ phase: current, done, total }) {
      if (current !== phase) {
        phase = current
        tenths = 0
        write(`${phaseLabels[current]}\n`)
      }
      if (total === undefined || total === 0) return
      const reached = Math.floor((done * 10) / total)
      if (reached <= tenths) return
      tenths = reached
      write(`${phaseLabels[current]}: ${reached * 10} % (${done} of ${total} records)\n`)
    },
    stop() {},
  }
}
