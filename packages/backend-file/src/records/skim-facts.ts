import { ownerOf } from '@holdfast/core'
import { type SkimmedValue, skimObject } from '../json/skim-object.js'
import type { RecordFacts } from './record-facts.js'

const names = ['id', 'tenant_id', 'user_id', 'cluster_id'].map((name) => Buffer.from(name))

/**
 * The facts of a node as it is usually written, without parsing the rest of it, and where it ends.
 * @returns `undefined` for anything else.
 */
export function skimFacts(
  bytes: Uint8Array,
  start: number,
): { readonly facts: RecordFacts; readonly end: number } | undefined {
  const skimmed = skimObject(bytes, start, names)
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
