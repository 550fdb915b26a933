import { isPlainObject } from './json-value.js'
import { isStorableText, type Owner } from './owner.js'

/**
 * Who is asking. `tenantId` set: the nodes of that tenant. Else `userId` set: the nodes of that user, inside tenants
 * too. Neither (absent, `null` or an empty string): nothing at all.
 */
export interface Scope {
  readonly tenantId?: string | null
  readonly userId?: string | null
}

/** A scope that names somebody. Backends get only this form; values are compared byte for byte. */
export type ResolvedScope =
  | { readonly kind: 'tenant'; readonly tenantId: string }
  | { readonly kind: 'user'; readonly userId: string }

/**
 * Decides who may see what, for every backend. Equality is exact: no prefix, wildcard, case folding or trimming.
 * @returns `undefined` when the scope names nobody, or when it holds text that no owner can have (a NUL character or
 * half a surrogate pair): both see nothing.
 * @throws {TypeError} for a scope that is no plain object, has an unknown key, or a value that is no string.
 */
export function resolveScope(scope: Scope): ResolvedScope | undefined {
  const { tenantId, userId } = readScope(scope)
  if (tenantId !== '') return isStorableText(tenantId) ? { kind: 'tenant', tenantId } : undefined
  if (userId !== '') return isStorableText(userId) ? { kind: 'user', userId } : undefined
  return undefined
}

/**
 * Checks the shape of a scope and copies it; each value is read once and only if it is the scope's own. What is
 * absent is an empty string.
 * @throws {TypeError} as {@link resolveScope}.
 */
export function readScope(scope: Scope): { readonly tenantId: string; readonly userId: string } {
  if (!isPlainObject(scope)) {
    throw new TypeError('scope must be an object such as { tenantId } or { userId }')
  }
  const copy = { tenantId: '', userId: '' }
  for (const key of Object.keys(scope)) {
    if (key !== 'tenantId' && key !== 'userId') {
      throw new TypeError(`scope has the unknown key ${JSON.stringify(key)}; it takes tenantId and userId`)
    }
    copy[key] = scopeText(scope[key], key)
  }
  return copy
}

/** Whether a record of this owner can be seen in the scope. */
export function isInScope(owner: Owner, scope: ResolvedScope): boolean {
  return scope.kind === 'tenant' ? owner.tenantId === scope.tenantId : owner.userId === scope.userId
}

function scopeText(value: unknown, name: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new TypeError(`scope.${name} must be a string, not ${typeof value}`)
  return value
}
