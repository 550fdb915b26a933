import type { VectorLayout } from '../schema/vector-layout.js'

/**
 * Settings that make the planner read the vectors of a scope the fast way. Whole vectors, one or two to a page, in the
 * order of the index: a bitmap of the rows, made to save seeks, makes that half as slow again. Rough copies, several to a
 * page, through a bitmap, which opens each page once. Never all rows of the table, whoever owns them.
 */
export function scanSettings(layout: VectorLayout): readonly (readonly [string, string])[] {
  return layout === 'whole' ? [['enable_bitmapscan', 'off']] : [['enable_seqscan', 'off']]
}
