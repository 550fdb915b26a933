import { createHash } from 'node:crypto'

/**
 * The id that the Python system derives for an exchange: `mem_` and the first 16 hex digits of the SHA-256 of
 * `conversation_id:sequence_index:` and the first 100 characters of the question. Characters are code points, as in
 * Python, not UTF-16 units.
 */
export function memoryNodeId(node: {
  readonly conversationId: string
  readonly sequenceIndex: number
  readonly humanContent: string
}): string {
  const start = Array.from(node.humanContent.slice(0, 200)).slice(0, 100).join('')
  const text = `${node.conversationId}:${node.sequenceIndex}:${start}`
  return `mem_${createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16)}`
}
