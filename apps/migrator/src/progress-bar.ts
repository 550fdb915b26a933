import { SingleBar } from 'cli-progress'
import type { MigrationPhase, MigrationProgress } from './migration-progress.js'
import { type ProgressView, phaseLabels } from './progress-lines.js'

/** A terminal that a bar can be drawn on. */
export type BarStream = NodeJS.WritableStream & { readonly columns?: number }

const widestBar = 40
const narrowestBar = 5

/** A bar for each phase, on a line of its own that is never wider than the terminal. */
export function progressBar(stream: BarStream): ProgressView {
  let current: MigrationProgress | undefined
  let bar: SingleBar | undefined
  const stop = () => {
    bar?.stop()
    bar = undefined
  }
  return {
    show(progress) {
      if (progress.phase !== current?.phase) stop()
      current = progress
      bar ??= startBar(stream, () => line(progress.phase, current ?? progress, stream.columns ?? 80))
      bar.update(progress.done)
    },
    stop,
  }
}

function startBar(stream: BarStream, format: () => string): SingleBar {
  const bar = new SingleBar({
    stream,
    format,
    hideCursor: true,
    // Ctrl+C stops between two batches; the library would end the process.
    gracefulExit: false,
  })
  bar.start(1, 0)
  return bar
}

/** `copying ████░░░░ 50 % (62 of 124 records)`, with as much of a bar as there is room for. */
export function line(phase: MigrationPhase, { done, total }: MigrationProgress, columns: number): string {
  const label = phaseLabels[phase]
  if (total === undefined) {
    const counted = `${label} (${done} records)`
    return counted.length < columns ? counted : fit(label, columns)
  }
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const percent = `${Math.floor(share * 100)} %`
  const counts = ` (${done} of ${total} records)`
  const room = columns - 1 - label.length - percent.length - 2
  if (room < narrowestBar) return fit(`${label} ${percent}`, columns)
  const withCounts = room - counts.length >= narrowestBar
  const width = Math.min(widestBar, withCounts ? room - counts.length : room)
  const filled = Math.round(share * width)
  const drawn = '█'.repeat(filled) + '░'.repeat(width - filled)
  return `${label} ${drawn} ${percent}${withCounts ? counts : ''}`
}

/** One column stays free: some terminals wrap when the last one is written. */
function fit(text: string, columns: number): string {
  return text.slice(0, Math.max(0, columns - 1))
}
