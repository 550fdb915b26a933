import { MemoryError } from './memory-error.js'
import { maxRecordBytes } from './new-record.js'
import type { ResolvedPatch } from './node-patch.js'
import { formatNodeFields, type RecordText } from './record-text.js'
import { replaceFields } from './replace-fields.js'

/**
 * A node's text with the fields of a patch in it; the rest stays byte for byte, so that every backend has the same text
 * after the same update.
 * @throws {MemoryError} `INVALID_NODE` when it would be longer than a record may be.
 */
export function patchedText(text: RecordText, patch: ResolvedPatch): RecordText {
  const patched = replaceFields(text, formatNodeFields(patch))
  if (Buffer.byteLength(patched) > maxRecordBytes) {
    throw new MemoryError('INVALID_NODE', `the node would have more than ${maxRecordBytes} bytes`)
  }
  return patched
}
