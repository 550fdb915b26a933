import type { BackendCapabilities, MemoryBackend } from '@holdfast/core'

/** What the suite may ask of a backend that a harness creates. */
export interface CreateOptions {
  /** Dimensions of the store. Default: the backend's own. */
  readonly dimensions?: number
}

/** How the suite gets at a backend. There is no way to leave a test out: what a backend cannot do, it declares. */
export interface BackendHarness {
  /** Names the outermost `describe`. */
  readonly name: string
  /** The constant that the backend's package exports. */
  readonly capabilities: BackendCapabilities
  /** Milliseconds that `setup` and `teardown` may take each. Default: vitest's `hookTimeout`. */
  readonly setupTimeout?: number
  /** Runs once before all tests: a container, a shared server. */
  setup?(): Promise<void>
  /** Runs once after all tests. */
  teardown?(): Promise<void>
  /** An open, empty and writable backend that shares no data with any other. Called by every test. */
  create(options?: CreateOptions): Promise<MemoryBackend>
  /** Closes the backend, when a test has not, and removes its data. Called for every backend, after a failure too. */
  destroy(backend: MemoryBackend): Promise<void>
  /**
   * Closes the backend, when it is still open, and opens the same data again. `destroy` is called with the result
   * only. Required when `capabilities.durable` is true.
   */
  reopen?(backend: MemoryBackend): Promise<MemoryBackend>
  /**
   * Opens the data of an open backend a second time, as another process would. `destroy` is not called with the result,
   * which the suite closes. Required when `capabilities.concurrentWriters` is true; where it is false and this is
   * there, it must reject with `LOCKED`.
   */
  openAgain?(backend: MemoryBackend): Promise<MemoryBackend>
  /**
   * Nodes of the scope that is deleted whole, 2,000 at least. Default: 100,000. A store that takes many minutes to
   * insert as many may have fewer; every report says so, and with fewer nobody has seen that all of 100,000 go.
   */
  readonly largeScope?: number
}
