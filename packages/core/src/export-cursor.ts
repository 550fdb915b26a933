import { checkString } from './check-arguments.js'
import { decodeCursor, encodeCursor } from './cursor.js'
import type { RecordKind } from './exported-record.js'

const letters = { nodes: 'n', episodes: 'e' } as const satisfies Record<RecordKind, string>

/** The cursor of an export: which kind it is at, and after which position. */
export function exportCursor(kind: RecordKind, position: number): string {
  return `${letters[kind]}.${encodeCursor(position)}`
}

/** Where an export begins. @throws {TypeError} when the text is not a cursor of an export. */
export function exportStart(after: string | undefined): {
  readonly kind: RecordKind
  readonly after: number
} {
  if (after === undefined) return { kind: 'nodes', after: 0 }
  const position = decodeCursor(checkString(after, 'after').slice(2))
  if (after.startsWith('n.')) return { kind: 'nodes', after: position }
  if (after.startsWith('e.')) return { kind: 'episodes', after: position }
  throw new TypeError('after must be the cursor of an earlier batch')
}
