/**
 * Whose record it is. The owner is the tenant, else the user; at least one is set. A user inside a tenant is kept
 * beside it, because the user's own scope covers those records too.
 */
export interface Owner {
  readonly tenantId: string | null
  readonly userId: string | null
}

/** UTF-8 bytes that a tenant or user id may have, so that it fits into a database index beside a record's id. */
export const maxOwnerBytes = 1024

/**
 * Whether text can be stored alike in every backend: no NUL character (PostgreSQL text cannot hold it) and no half
 * surrogate pair (UTF-8 cannot, and two different ones would become the same bytes).
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/**
 * The owner that a record's two fields name, or `undefined` when they name nobody: such a record is unowned and no
 * scope ever sees it. An empty string counts as absent.
 */
export function ownerOf(fields: {
  readonly tenantId: string | null
  readonly userId: string | null
}): Owner | undefined {
  const tenantId = fields.tenantId === '' ? null : fields.tenantId
  const userId = fields.userId === '' ? null : fields.userId
  if (tenantId === null && userId === null) return undefined
  if ((tenantId !== null && !isStorableText(tenantId)) || (userId !== null && !isStorableText(userId))) {
    return undefined
  }
  return { tenantId, userId }
}

/**
 * One text per owner, and a different one for every other owner: ids are unique within it. The first letter says
 * which of the two kinds it is, so that a tenant and a user of the same name stay apart. An empty string counts
 * as absent.
 * @throws {TypeError} when neither is set.
 */
export function ownerKey(owner: Owner): string {
  if (owner.tenantId) return `t:${owner.tenantId}`
  if (owner.userId) return `u:${owner.userId}`
  throw new TypeError('an owner needs a tenantId or a userId')
}
