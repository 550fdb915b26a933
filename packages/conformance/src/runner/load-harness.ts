import { pathToFileURL } from 'node:url'
import type { BackendHarness } from '../backend-harness.js'
import { largeScopeOf } from '../large-scope.js'

/** The harness cannot be used, for a reason that its author can do something about. */
export class UnusableHarness extends Error {}

const functions = ['create', 'destroy'] as const
const optionalFunctions = ['setup', 'teardown', 'reopen', 'openAgain'] as const

/**
 * The default export of a module.
 * @throws {UnusableHarness} when the module cannot be loaded or exports something else.
 */
export async function loadHarness(file: string): Promise<BackendHarness> {
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (cause) {
    throw new UnusableHarness(`${file} cannot be loaded: ${reasonOf(cause)}`, { cause })
  }
  const harness = module.default
  const problem = problemOf(harness)
  if (problem !== undefined)
    throw new UnusableHarness(`${file} has no harness as its default export: ${problem}`)
  return harness as BackendHarness
}

function problemOf(harness: unknown): string | undefined {
  if (typeof harness !== 'object' || harness === null)
    return `it is ${harness === null ? 'null' : typeof harness}`
  const at = (name: string): unknown => Reflect.get(harness, name)
  if (typeof at('name') !== 'string' || at('name') === '') return 'name must be a text'
  if (typeof at('capabilities') !== 'object' || at('capabilities') === null) {
    return 'capabilities must be the constant that the backend exports'
  }
  for (const name of functions) if (typeof at(name) !== 'function') return `${name} must be a function`
  for (const name of optionalFunctions) {
    if (at(name) !== undefined && typeof at(name) !== 'function') return `${name} must be a function`
  }
  try {
    largeScopeOf(harness)
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
  return undefined
}

/** Where the module itself went wrong, its stack says where; the loader's frames say nothing. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause ? cause.message : (cause.stack ?? cause.message)
}
