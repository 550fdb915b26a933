/** How large each part of the benchmark is. */
export const fileSearchSizes = {
  rows: { full: 100_000, quick: 400, meaning: 'nodes of the large tenant' },
  small: { full: 1000, quick: 40, meaning: 'nodes of a small tenant' },
  tenants: { full: 1000, quick: 5, meaning: 'small tenants in the crowded store' },
  fewer: { full: 10_000, quick: 100, meaning: 'nodes of the large tenant for a peer that cannot hold all' },
  dimensions: { full: 1024, quick: 16, meaning: 'values of a vector' },
  queries: { full: 25, quick: 3, meaning: 'queries for each thing that is compared' },
  searches: {
    full: 100,
    quick: 5,
    meaning: 'searches while the event loop is watched, and queries by words',
  },
  repetitions: {
    full: 5,
    quick: 2,
    meaning: 'fresh processes for each figure',
  },
  rounds: { full: 15, quick: 2, meaning: 'times the event loop is watched' },
}

export type FileSearchSizes = Readonly<Record<keyof typeof fileSearchSizes, number>>

/** How many nodes a search returns. */
export const topK = 10
