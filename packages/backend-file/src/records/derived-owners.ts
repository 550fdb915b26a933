/**
 * Which episodes take their owner from nodes, because their text does not name one, and from which. Old directories
 * have such episodes; ours name their owner.
 */
export class DerivedOwners {
  readonly #nodeIds = new Map<number, readonly string[]>()
  readonly #rows = new Map<string, Set<number>>()

  add(row: number, nodeIds: readonly string[]): void {
    this.#nodeIds.set(row, nodeIds)
    for (const id of nodeIds) {
      const rows = this.#rows.get(id)
      if (rows) rows.add(row)
      else this.#rows.set(id, new Set([row]))
    }
  }

  remove(row: number): void {
    for (const id of this.nodeIdsOf(row)) {
      const rows = this.#rows.get(id)
      rows?.delete(row)
      if (rows?.size === 0) this.#rows.delete(id)
    }
    this.#nodeIds.delete(row)
  }

  /** All rows that are there now, each with its nodes. */
  capture(): ReadonlyMap<number, readonly string[]> {
    return new Map(this.#nodeIds)
  }

  nodeIdsOf(row: number): readonly string[] {
    return this.#nodeIds.get(row) ?? []
  }

  /** Episodes that one of these nodes has a say in. */
  rowsThatNeed(nodeIds: Iterable<string>): ReadonlySet<number> {
    const rows = new Set<number>()
    if (this.#rows.size === 0) return rows
    for (const id of nodeIds) for (const row of this.#rows.get(id) ?? []) rows.add(row)
    return rows
  }
}
