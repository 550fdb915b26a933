/** What `/proc/<pid>/stat` tells about a process. */
export interface ProcessStat {
  /** Whether it has ended and only waits for its parent to ask how. Its pid is in use until then. */
  readonly hasEnded: boolean
  /** Ticks after boot at which it started. */
  readonly startTime: string | null
}

/**
 * Fields 3 (state), 20 (threads) and 22 (start time); the command's name before them may hold blanks and parentheses.
 * The first thread may end before the others, which can still write. Source: proc(5).
 */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = ''] = fields
  const hasEnded = ['Z', 'X', 'x'].includes(state) && Number(fields[17]) <= 1
  return { hasEnded, startTime: fields[19] ?? null }
}
