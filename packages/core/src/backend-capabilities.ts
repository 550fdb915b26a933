/**
 * What a backend can do. It is a frozen constant that the backend's package exports; callers and the conformance
 * suite read it, nothing is sniffed. An operation whose capability is `false` rejects with `NOT_SUPPORTED`.
 */
export interface BackendCapabilities {
  /** A resolved write is still there after `close` and after a crash. When true, a harness must offer `reopen`. */
  readonly durable: boolean
  /** `keywordSearch`. */
  readonly keywordSearch: boolean
  /** `updateNode`, `recordAccess` and `assignClusters`. */
  readonly update: boolean
  /** `deleteNodes`, `deleteEpisodes` and `deleteScope`. */
  readonly delete: boolean
  /** Several processes may write to one store at the same time; when false the second one gets `LOCKED`. */
  readonly concurrentWriters: boolean
  /**
   * `admin.maintain`, and that a search may use an approximate index which it has built; `explainSearch` says whether it
   * does. When false, all searches are exact.
   */
  readonly approximateSearch: boolean
  /** `admin.verify`, `admin.stats` and `admin.compact`. */
  readonly maintenance: boolean
}
