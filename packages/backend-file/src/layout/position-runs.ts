import { MemoryError } from '@holdfast/core'

/**
 * Positions of the records of a file, in runs: `[first, count]` for `count` records with the positions from `first` on.
 * Records that were deleted leave gaps between the runs.
 */
export interface PositionRuns {
  /** The highest position that was ever given. */
  readonly last: number
  readonly runs: readonly (readonly [first: number, count: number])[]
}

/** @param positions ascending. */
export function toPositionRuns(positions: Iterable<number>, last: number): PositionRuns {
  const runs: [number, number][] = []
  for (const position of positions) {
    const run = runs.at(-1)
    if (run !== undefined && run[0] + run[1] === position) run[1] += 1
    else runs.push([position, 1])
  }
  return { last, runs }
}

/** The position of each of `count` records. @param of without it they are 1, 2, 3 …. */
export function toPositions(of: PositionRuns | undefined, count: number): Float64Array {
  const positions = new Float64Array(count)
  let row = 0
  for (const [first, length] of of?.runs ?? [[1, count]]) {
    for (let index = 0; index < length; index++) positions[row++] = first + index
  }
  return positions
}

/** @throws {MemoryError} `CORRUPT` for runs that overlap or that hold more or fewer than `count` records. */
export function checkPositionRuns({ last, runs }: PositionRuns, count: number, name: string): void {
  let sum = 0
  let end = 0
  for (const [first, length] of runs) {
    if (first <= end || length < 1) throw new MemoryError('CORRUPT', `${name} has positions out of order`)
    end = first + length - 1
    sum += length
  }
  if (sum !== count || end > last) {
    throw new MemoryError('CORRUPT', `${name} has positions of ${sum} records; there are ${count}`)
  }
}
