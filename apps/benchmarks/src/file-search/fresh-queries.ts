import { readVectorFile } from './vector-file.js'

/** Where a program of its own finds the queries that it searches with. */
export interface QueryFile {
  readonly queries: string
  /** The first ones in it. */
  readonly queryCount: number
  readonly dimensions: number
}

export async function readQueries({
  queries,
  queryCount,
  dimensions,
}: QueryFile): Promise<readonly Float32Array[]> {
  const all = await readVectorFile(queries, queryCount, dimensions)
  return Array.from({ length: queryCount }, (_, number) =>
    all.slice(number * dimensions, (number + 1) * dimensions),
  )
}
