import { type Owner, ownerKey, type ResolvedScope } from '@holdfast/core'

/**
 * For whom a transaction runs. `owner` sees the rows of one owner, `user` the rows of one user under every owner,
 * `admin` everything. The same three are known to the policies of row level security.
 */
export type Access =
  | { readonly kind: 'owner'; readonly ownerKey: string }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'admin' }

export const adminAccess: Access = { kind: 'admin' }

/** A tenant's scope is that owner's; a user's scope reaches into tenants too. */
export function accessOf(scope: ResolvedScope): Access {
  return scope.kind === 'tenant'
    ? { kind: 'owner', ownerKey: ownerKey({ tenantId: scope.tenantId, userId: null }) }
    : { kind: 'user', userId: scope.userId }
}

/** For inserting the records of one owner. */
export function accessOfOwner(owner: Owner): Access {
  return { kind: 'owner', ownerKey: ownerKey(owner) }
}
