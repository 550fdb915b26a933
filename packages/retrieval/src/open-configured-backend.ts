import { type MemoryBackend, MemoryError } from '@holdfast/core'
import { isMissingPackage } from './missing-package.js'

/**
 * Opens the store of a configuration for reading: the path of a YAML file, a store's URL, or a configuration object.
 * @throws {MemoryError} `BACKEND_NOT_INSTALLED` when `@holdfast/config` is missing, and what it throws.
 */
export async function openConfiguredBackend(config: string | object): Promise<MemoryBackend> {
  const { loadConfig, openBackend } = await importConfig()
  const isPath = typeof config === 'string' && !/^(file|pglite|postgres|postgresql):/i.test(config)
  return openBackend(isPath ? await loadConfig(config) : config, { readOnly: true })
}

async function importConfig() {
  try {
    return await import('@holdfast/config')
  } catch (error) {
    if (!isMissingPackage(error, ['@holdfast/config'])) throw error
    throw new MemoryError(
      'BACKEND_NOT_INSTALLED',
      'opening a store by its configuration needs another package; run: npm install @holdfast/config',
      { cause: error },
    )
  }
}
