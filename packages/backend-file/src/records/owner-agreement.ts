import { type Owner, ownerKey } from '@holdfast/core'
import type { RecordIndex } from './record-index.js'

/** What all records seen so far say about an owner; `null` once they disagree or one of them has none. */
type Agreement = Owner | null

/**
 * Finds out whose an episode is that does not say so: it belongs to the owner of its nodes when every one of them
 * exists and all agree; the user is kept only where all agree on it. Where an id exists under several owners, all of
 * those have to agree as well, because nothing says which of them is meant.
 */
export class OwnerAgreement {
  readonly #byId = new Map<string, Agreement>()

  /**
   * @param wanted ids that will be asked for.
   * @param change what is about to happen to the nodes: which rows go, and owners of ids that come.
   */
  constructor(
    nodes: RecordIndex,
    wanted: ReadonlySet<string>,
    change?: {
      readonly gone: ReadonlySet<number>
      readonly coming: Iterable<readonly [id: string, owner: Owner]>
    },
  ) {
    if (wanted.size === 0) return
    for (const row of nodes.all()) {
      const id = nodes.id(row)
      if (wanted.has(id) && !change?.gone.has(row)) this.#see(id, nodes.owner(row))
    }
    for (const [id, owner] of change?.coming ?? []) if (wanted.has(id)) this.#see(id, owner)
  }

  ownerOf(nodeIds: readonly string[]): Owner | undefined {
    let agreement: Agreement | undefined
    for (const id of nodeIds) agreement = agree(agreement, this.#byId.get(id) ?? undefined)
    return agreement ?? undefined
  }

  #see(id: string, owner: Owner | undefined): void {
    this.#byId.set(id, agree(this.#byId.get(id), owner))
  }
}

function agree(before: Agreement | undefined, owner: Owner | undefined): Agreement {
  if (before === null || owner === undefined) return null
  if (before === undefined) return owner
  if (ownerKey(before) !== ownerKey(owner)) return null
  return before.userId === owner.userId ? before : { tenantId: owner.tenantId, userId: null }
}
