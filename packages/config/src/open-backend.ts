import type { MemoryBackend } from '@holdfast/core'
import type { ConfigInput } from './config.js'
import { getBackend } from './get-backend.js'
import { openLocation } from './open-location.js'
import { definedOptions, type OpenOptions } from './open-options.js'
import { parseStoreUrl } from './store-url.js'

/**
 * Opens a store by its URL (`file:./data`, `pglite:./data-pg`, `postgres://…`; relative to the working directory) or
 * by a configuration. Only the package of the chosen backend is loaded.
 * @throws {MemoryError} `UNKNOWN_BACKEND`, `BACKEND_NOT_INSTALLED`, `CONFIG_INVALID`, and what the backend's own
 * `open` throws. Passwords are in none of the messages.
 */
export async function openBackend(
  urlOrConfig: string | ConfigInput,
  options: OpenOptions = {},
): Promise<MemoryBackend> {
  if (typeof urlOrConfig !== 'string') return getBackend(urlOrConfig, options)
  return openLocation(parseStoreUrl(urlOrConfig, process.cwd()), definedOptions(options))
}
