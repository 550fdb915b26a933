import { isBuiltin } from 'node:module'
import { MemoryBackend, MemoryError } from '@holdfast/core'
import type { Config } from './config.js'
import { nearestName } from './nearest-name.js'
import type { OpenOptions } from './open-options.js'
import { requirePackage, resolvePackage } from './require-package.js'

/** What a package must export to be named as `memory.backend`. */
export interface BackendPackage {
  /** Opens the store that the configuration names. It reads what it needs from it, and takes the options over it. */
  readonly openBackend: (config: Config, options: OpenOptions) => Promise<MemoryBackend>
}

/** The backends that need no package of somebody else's. */
export const builtInBackends = ['file', 'postgres'] as const

/** What npm lets a package be called, with an optional subpath. */
const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(?:\/[A-Za-z0-9._~-]+)*$/

/**
 * Opens a store through an installed package that exports `openBackend`.
 * @throws {MemoryError} `UNKNOWN_BACKEND` for a name that no package can have, that is a misspelt one of ours, or
 * whose package is not a backend; `BACKEND_NOT_INSTALLED` for any other.
 */
export async function openPackagedBackend(config: Config, options: OpenOptions): Promise<MemoryBackend> {
  const name = config.memory.backend
  if (!packageName.test(name) || isBuiltin(name)) {
    throw unknown(`${JSON.stringify(name)} is no backend and no package`, name)
  }
  if (resolvePackage(name) === undefined && misspelt(name) !== undefined) {
    throw unknown(`there is no backend ${JSON.stringify(name)}`, name)
  }
  const exported = await importPackage(name)
  const backend = await exported.openBackend(config, options)
  if (backend instanceof MemoryBackend) return backend
  throw unknown(
    `openBackend of the package ${name} did not give a MemoryBackend of this @holdfast/core`,
    name,
  )
}

async function importPackage(name: string): Promise<BackendPackage> {
  const url = requirePackage(name)
  let exported: unknown
  try {
    exported = await import(url)
  } catch (cause) {
    throw unknown(`the package ${name} cannot be loaded`, name, { cause })
  }
  if (isBackendPackage(exported)) return exported
  throw unknown(`the package ${name} does not export openBackend`, name)
}

function isBackendPackage(exported: unknown): exported is BackendPackage {
  return (
    typeof exported === 'object' &&
    exported !== null &&
    typeof Reflect.get(exported, 'openBackend') === 'function'
  )
}

function unknown(reason: string, name: string, options?: ErrorOptions): MemoryError {
  const nearest = misspelt(name)
  const hint =
    nearest === undefined
      ? `the built-in ones are ${builtInBackends.join(' and ')}`
      : `did you mean ${nearest}?`
  return new MemoryError('UNKNOWN_BACKEND', `${reason}; ${hint}`, options)
}

/** One edit for every three letters, or part of three: more makes it somebody's package rather than a slip. */
function misspelt(name: string): string | undefined {
  return nearestName(name, builtInBackends, Math.ceil(name.length / 3))
}
