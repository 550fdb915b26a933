import { copyEmbedding } from './embedding-vector.js'
import { nodeFields } from './field-names.js'
import { MemoryError } from './memory-error.js'
import { type MemoryNode, parseNodeFields } from './memory-node.js'
import { splitFields } from './split-fields.js'

/** A checked patch. `embedding`: a vector sets it, `null` takes it away, `undefined` leaves it. */
export interface ResolvedPatch {
  readonly fields: Partial<Omit<MemoryNode, 'id' | 'tenantId' | 'userId' | 'embedding' | 'extra'>>
  /** Keys to add to or replace in `extra`. */
  readonly extra: MemoryNode['extra']
  readonly embedding: Float32Array | null | undefined
}

const fixed = ['id', 'tenantId', 'userId']

/**
 * Checks a patch of `updateNode`.
 * @throws {MemoryError} `INVALID_NODE` when it names the id or the owner, or a field is wrong; `INVALID_EMBEDDING`.
 */
export function parseNodePatch(patch: unknown): ResolvedPatch {
  const { known, extra } = splitFields(patch, 'patch', [...nodeFields, 'metadata', 'embedding'])
  const { embedding, ...fields } = known
  const refused = fixed.filter((name) => Object.hasOwn(fields, name))
  if (refused.length > 0) {
    throw new MemoryError('INVALID_NODE', `patch: ${refused.join(', ')} cannot be changed`)
  }
  return {
    fields: parseNodeFields(fields),
    extra,
    embedding: embedding === null ? null : copyPatchVector(embedding),
  }
}

function copyPatchVector(embedding: unknown): Float32Array | null | undefined {
  if (embedding === undefined) return undefined
  return copyEmbedding(embedding, 'patch.embedding') ?? null
}
