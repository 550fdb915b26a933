/** One run of a kernel over rows in its memory. Addresses are in bytes. */
export interface ScanRun {
  /** Of the query's int16 values, `width` of them; those behind the columns are 0. */
  readonly query: number
  /** Int8 values of a row, a multiple of 16 and not 0. */
  readonly width: number
  /** Of row 0. */
  readonly rows: number
  /** Of pairs of int32: the first row of a segment and the one behind its last. */
  readonly segments: number
  readonly segmentCount: number
  /** The query's scale. */
  readonly queryScale: number
  /** A row is found when its approximate score and its error together reach this. Finite. */
  readonly cut: number
  /** Where the answer goes, see {@link foundHeader}. */
  readonly out: number
}

/**
 * Int32 values before the rows that were found: how many those are, and how many rows have a direction. Then come two
 * for each row found, in the order of the segments: its number, and the sum of its products with the query. What stands
 * behind them, up to the room for all rows, is nobody's.
 */
export const foundHeader = 2

/** Every implementation gives the same answer, bit for bit. */
export type ScanKernel = (run: ScanRun) => void
