import type { Benchmark } from './benchmark.js'
import { fileInsert } from './file-insert/file-insert.js'
import { fileSearch } from './file-search/file-search.js'
import { postgres } from './postgres/postgres.js'

/** Every benchmark there is. */
export const benchmarks: readonly Benchmark[] = [fileInsert, fileSearch, postgres]
