import type { BackendCapabilities } from '@holdfast/core'

/** What `PostgresBackend` can do, on a server and embedded alike. */
export const postgresCapabilities: BackendCapabilities = Object.freeze({
  durable: true,
  keywordSearch: true,
  update: true,
  delete: true,
  concurrentWriters: true,
  approximateSearch: true,
  maintenance: true,
})
