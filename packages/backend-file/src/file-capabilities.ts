import type { BackendCapabilities } from '@holdfast/core'

/** What the file backend can do. */
export const fileCapabilities: BackendCapabilities = Object.freeze({
  durable: true,
  keywordSearch: true,
  update: true,
  delete: true,
  concurrentWriters: false,
  approximateSearch: false,
  maintenance: true,
})
