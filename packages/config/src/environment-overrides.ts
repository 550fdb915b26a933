import type { Lookup } from './interpolate.js'

/**
 * Puts what the environment says in place of what the file says. It takes `HOLDFAST_MEMORY_BACKEND`,
 * `HOLDFAST_DATA_DIR`, and `HOLDFAST_POSTGRES_URL`, which stands for a whole connection; one that is empty counts as
 * not set.
 */
export interface EnvironmentOverrides {
  /** Without the file's values that do not count, so that a variable missing in one of them is no error. */
  withoutOverridden(document: unknown): unknown
  /** With the environment's values, as they are: `${` in them is nothing special. */
  applied(document: unknown): unknown
}

/** A replica is one of that very database. */
const connectionKeys = ['url', 'host', 'port', 'database', 'user', 'password', 'replica_url', 'replicaUrl']

export function environmentOverrides(lookup: Lookup): EnvironmentOverrides {
  const backend = lookup('HOLDFAST_MEMORY_BACKEND') || undefined
  const dataDir = lookup('HOLDFAST_DATA_DIR') || undefined
  const url = lookup('HOLDFAST_POSTGRES_URL') || undefined
  return {
    withoutOverridden(document) {
      let result = document
      if (backend !== undefined) result = without(result, ['memory'], ['backend'])
      if (dataDir !== undefined) result = without(result, ['paths'], ['data_dir', 'dataDir'])
      if (url !== undefined) result = without(result, ['memory', 'postgres'], connectionKeys)
      return result
    },
    applied(document) {
      let result = document
      if (backend !== undefined) result = withValue(result, ['memory', 'backend'], backend)
      if (dataDir !== undefined) result = withValue(result, ['paths', 'data_dir'], dataDir)
      if (url !== undefined) result = withValue(result, ['memory', 'postgres', 'url'], url)
      return result
    },
  }
}

/** A copy without some keys of the object at the path. What is no object stays, for the schema to refuse. */
function without(value: unknown, path: readonly string[], keys: readonly string[]): unknown {
  if (!isObject(value)) return value
  const [head, ...rest] = path
  if (head === undefined) {
    return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
  }
  return Object.hasOwn(value, head) ? { ...value, [head]: without(value[head], rest, keys) } : value
}

/** A copy with a value put in; sections on the way that are absent are made. */
function withValue(value: unknown, path: readonly string[], replacement: string): unknown {
  const [head, ...rest] = path
  if (head === undefined) return replacement
  if (value === undefined || value === null) return { [head]: withValue(undefined, rest, replacement) }
  return isObject(value) ? { ...value, [head]: withValue(value[head], rest, replacement) } : value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
