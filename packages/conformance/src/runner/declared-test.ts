/** One test, as `it` declares it. */
export interface DeclaredTest {
  /** Titles of what surrounds it, the outermost first. */
  readonly path: readonly string[]
  readonly title: string
  run(): unknown
  /** Milliseconds it may take. Default: as every test. */
  readonly timeout?: number | undefined
}

/** Something to do before all tests, or after them. */
export interface DeclaredHook {
  run(): unknown
  /** Milliseconds it may take. Default: as a test. */
  readonly timeout: number | undefined
}

/** All that one call has declared, in its order. */
export interface Declared {
  readonly tests: readonly DeclaredTest[]
  readonly before: readonly DeclaredHook[]
  readonly after: readonly DeclaredHook[]
}
