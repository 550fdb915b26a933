/** How large each part of the benchmark is. */
export const fileInsertSizes = {
  few: { full: 1000, quick: 40, meaning: 'nodes in the small store' },
  many: { full: 100_000, quick: 400, meaning: 'nodes in the large store' },
  volume: { full: 100_000, quick: 100, meaning: 'single inserts whose bytes are counted' },
  dimensions: { full: 1024, quick: 16, meaning: 'values of a vector' },
  batch: { full: 1000, quick: 50, meaning: 'nodes in a batch' },
  together: { full: 64, quick: 8, meaning: 'single inserts called at the same time' },
  singles: { full: 20, quick: 3, meaning: 'single inserts into each store in a repetition' },
  repetitions: { full: 25, quick: 3, meaning: 'repetitions, of which the median is taken' },
}

export type FileInsertSizes = Readonly<Record<keyof typeof fileInsertSizes, number>>
