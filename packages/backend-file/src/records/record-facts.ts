import { type Owner, ownerOf, type RecordKind, readNode } from '@holdfast/core'

/** What the index keeps of a record, and what it needs to find out whose an old episode is. */
export interface RecordFacts {
  readonly id: string
  readonly owner: Owner | undefined
  readonly clusterId: number | null
  /** Set for an episode whose text does not name its owner: the nodes that decide. */
  readonly ownerFromNodes: readonly string[] | undefined
}

/**
 * Reads the few fields of a parsed element that decide who sees it. They go by their snake_case names only, as in
 * core's reader; any other key is one that is merely kept.
 * @throws {TypeError} naming what is wrong with the element.
 */
export function readRecordFacts(value: unknown, text: string, kind: RecordKind): RecordFacts {
  if (!isObject(value)) throw new TypeError('is not an object')
  const { tenant_id: tenant, user_id: user } = value
  const owner = ownerOf({
    tenantId: textOrNull(tenant, 'tenant_id'),
    userId: textOrNull(user, 'user_id'),
  })
  const id = value.id ?? (kind === 'nodes' ? readNode(text).id : undefined)
  if (typeof id !== 'string' || id === '') throw new TypeError('has no id')
  if (kind === 'nodes') {
    const clusterId = clusterOf(value.cluster_id)
    return { id, owner, clusterId, ownerFromNodes: undefined }
  }
  const isNamed = tenant !== undefined || user !== undefined
  const ownerFromNodes = isNamed ? undefined : texts(value.memory_node_ids)
  return { id, owner, clusterId: null, ownerFromNodes }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOrNull(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new TypeError(`has a ${name} that is not a string`)
  return value
}

function clusterOf(value: unknown): number | null {
  if (value === undefined || value === null) return null
  if (!Number.isInteger(value)) throw new TypeError('has a cluster_id that is not an integer')
  return Number(value)
}

function texts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw new TypeError('has memory_node_ids that are not a list of strings')
  }
  return value.map(String)
}
