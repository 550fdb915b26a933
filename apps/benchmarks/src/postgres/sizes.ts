/** How large each part of the benchmark is. */
export const postgresSizes = {
  rows: { full: 50_000, quick: 400, meaning: 'nodes that a tenant is searched among' },
  small: { full: 5000, quick: 40, meaning: 'nodes of that tenant' },
  large: { full: 100_000, quick: 400, meaning: 'nodes of the tenant that has an index of its own' },
  dimensions: { full: 1024, quick: 16, meaning: 'values of a vector' },
  batch: { full: 1000, quick: 50, meaning: 'nodes in a batch that is inserted or imported' },
  imported: { full: 20_000, quick: 200, meaning: 'nodes of an import' },
  clients: { full: 32, quick: 4, meaning: 'clients that search at the same time' },
  searches: { full: 3200, quick: 40, meaning: 'searches of all those clients together' },
  queries: { full: 40, quick: 4, meaning: 'queries for each thing that is compared' },
  repetitions: { full: 15, quick: 2, meaning: 'batches for each figure' },
  imports: { full: 5, quick: 1, meaning: 'times that the import is repeated' },
}

export type PostgresSizes = Readonly<Record<keyof typeof postgresSizes, number>>

/** How many nodes a search returns. */
export const topK = 10
