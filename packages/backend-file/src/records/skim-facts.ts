import { ownerOf } from '@holdfast/core'
import { createObjectSkimmer, type ObjectSkimmer } from '../json/object-skimmer.js'
import type { SkimmedValue } from '../json/skim-object.js'
import { webAssembly } from '../wasm/web-assembly.js'
import type { RecordFacts } from './record-facts.js'

const names = ['id', 'tenant_id', 'user_id', 'cluster_id'].map((name) => Buffer.from(name))

/** Bytes below which a file is not worth a memory of WebAssembly, for which many addresses are set aside. */
const smallFile = 1 << 20

/**
 * What {@link skimFacts} needs.
 * @param chunkBytes of the chunks that the file is read in.
 */
export function createFactsSkimmer(fileBytes: number, chunkBytes: number): ObjectSkimmer {
  return createObjectSkimmer(
    names,
    Math.min(fileBytes, chunkBytes),
    fileBytes < smallFile ? undefined : webAssembly,
  )
}

/**
 * The facts of a node as it is usually written, without parsing the rest of it, and where it ends.
 * @returns `undefined` for anything else.
 */
export function skimFacts(
  skimmer: ObjectSkimmer,
  bytes: Uint8Array,
  start: number,
): { readonly facts: RecordFacts; readonly end: number } | undefined {
  const skimmed = skimmer.skim(bytes, start)
  if (skimmed === undefined) return undefined
  const [id, tenantId = null, userId = null, clusterId = null] = skimmed.values
  if (typeof id !== 'string' || id === '' || !isText(tenantId) || !isText(userId)) return undefined
  if (typeof clusterId === 'string') return undefined
  const facts = { id, owner: ownerOf({ tenantId, userId }), clusterId, ownerFromNodes: undefined }
  return { facts, end: skimmed.end }
}

function isText(value: SkimmedValue): value is string | null {
  return typeof value !== 'number'
}
