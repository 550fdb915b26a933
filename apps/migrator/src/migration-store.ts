import type { BackendAdmin, EmbeddingModel } from '@holdfast/core'

/** What a migration uses of a store. Every `MemoryBackend` fits. */
export interface MigrationStore {
  readonly dimensions: number | undefined
  readonly embeddingModel: EmbeddingModel | undefined
  readonly admin: Pick<BackendAdmin, 'exportAll' | 'importAll' | 'setEmbeddingModel'>
}
