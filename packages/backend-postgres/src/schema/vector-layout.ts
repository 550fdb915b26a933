/**
 * Where the vectors of a store lie. `whole`: each in its row. `rough`: the row has a copy of 16 bits a value and unit
 * length, which a search reads, and the vector itself lies in TOAST, where only what is among the nearest is fetched.
 */
export type VectorLayout = 'rough' | 'whole'

/** The setting that names a layout. A store without it has whole vectors. */
export const layoutSetting = 'vector_layout'

/** Longest vector of which the part that a search reads fits into a page of 8 kB beside the other columns. */
export const maxInlineDimensions = { whole: 1960, rough: 3920 } as const

/**
 * Dimensions from which rough copies help. PostgreSQL moves nothing out of a row of less than about 2,000 bytes, so that
 * shorter vectors would stay beside their copies. Source: `TOAST_TUPLE_THRESHOLD` in access/heaptoast.h.
 */
const leastRoughDimensions = 320

/** The layout for vectors of this length where 16 bits a value are fast. */
export function usualLayout(dimensions: number): VectorLayout {
  return dimensions >= leastRoughDimensions && dimensions <= maxInlineDimensions.rough ? 'rough' : 'whole'
}

/** The layout that a store's settings name; `undefined` for one that this version does not know. */
export function layoutOf(settings: ReadonlyMap<string, string>): VectorLayout | undefined {
  const name = settings.get(layoutSetting) ?? 'whole'
  return name === 'rough' || name === 'whole' ? name : undefined
}

/** How PostgreSQL keeps the column `embedding`. Longer vectors than fit into a page cannot be kept in their row. */
export function embeddingStorage(layout: VectorLayout, dimensions: number): 'PLAIN' | 'EXTERNAL' {
  return layout === 'whole' && dimensions <= maxInlineDimensions.whole ? 'PLAIN' : 'EXTERNAL'
}

/**
 * The size of a row with a rough copy above which its vector leaves it: the copy, and room for the longest usual keys,
 * which must not leave it too.
 */
export function roughRowBytes(dimensions: number): number {
  return Math.min(8160, 2 * dimensions + 600)
}
