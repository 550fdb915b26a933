import type { Benchmark } from './benchmark.js'
import { fileInsert } from './file-insert/file-insert.js'

/** Every benchmark there is. */
export const benchmarks: readonly Benchmark[] = [fileInsert]
