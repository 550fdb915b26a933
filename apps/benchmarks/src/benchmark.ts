import type { Finding } from './finding.js'

/** A number that decides how large a benchmark is. */
export interface Size {
  readonly full: number
  /** For a run that only shows that the benchmark works. */
  readonly quick: number
  readonly meaning: string
}

/** What a benchmark gets of the program that runs it. */
export interface Surroundings {
  /** An empty folder, removed afterwards. */
  readonly folder: string
  /** Of the benchmark's switches, those that were given. */
  readonly switches: ReadonlySet<string>
  /** Tells whoever waits what is being done. */
  readonly say: (what: string) => void
}

/** One thing that `bench` can measure. */
export interface Benchmark<Name extends string = string> {
  readonly name: string
  readonly description: string
  readonly sizes: Readonly<Record<Name, Size>>
  /** Options without a value, with what each means. */
  readonly switches?: Readonly<Record<string, string>>
  run(sizes: Readonly<Record<Name, number>>, surroundings: Surroundings): Promise<readonly Finding[]>
}
