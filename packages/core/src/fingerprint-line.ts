import type { ExportedRecord, RecordKind } from './exported-record.js'
import { stripJsonLayout } from './python-json.js'

/**
 * What a fingerprint takes in of one record. The head is JSON, so no text can run into the next field; the lengths
 * in it delimit the text and the vector, which is little-endian float32.
 */
export function fingerprintLine(kind: RecordKind, record: ExportedRecord): readonly Uint8Array[] {
  const text = Buffer.from(stripJsonLayout(record.text))
  const vector = littleEndian(record.embedding)
  const { tenantId = null, userId = null } = record.owner ?? {}
  const head = [kind, record.id, tenantId, userId, record.clusterId, text.length, vector?.length ?? null]
  return [Buffer.from(`${JSON.stringify(head)}\n`), text, vector ?? new Uint8Array(0)]
}

function littleEndian(vector: Float32Array | undefined): Uint8Array | undefined {
  if (vector === undefined) return undefined
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes
}
