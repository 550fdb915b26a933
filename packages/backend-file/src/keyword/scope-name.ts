import type { ResolvedScope } from '@holdfast/core'

const kinds = ['tenant', 'user'] as const

/** A text that names a scope, and no other one. */
export function scopeName(scope: ResolvedScope): string {
  return scope.kind === 'tenant' ? `tenant:${scope.tenantId}` : `user:${scope.userId}`
}

/** The scope with a name; `undefined` when it is no such text. */
export function scopeNamed(name: string): ResolvedScope | undefined {
  const kind = kinds.find((each) => name.startsWith(`${each}:`))
  if (kind === undefined) return undefined
  const id = name.slice(kind.length + 1)
  return kind === 'tenant' ? { kind, tenantId: id } : { kind, userId: id }
}
