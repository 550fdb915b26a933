import type { VectorLayout } from '../schema/vector-layout.js'

/**
 * Settings that make the planner read the vectors of a scope the fast way: through the index by position, which is the
 * order in which the rows lie in the table. A bitmap of the rows is made to save seeks; here it would make a search of whole
 * vectors half as slow again, and one of rough copies a few percent. Never all rows of the table, whoever owns them.
 */
export function scanSettings(layout: VectorLayout): readonly (readonly [string, string])[] {
  const bitmap = ['enable_bitmapscan', 'off'] as const
  return layout === 'whole' ? [bitmap] : [bitmap, ['enable_seqscan', 'off']]
}
