import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { MemoryError } from '@holdfast/core'
import { checkConfig } from './check-config.js'
import type { Config } from './config.js'
import { isMissing, readEnvironment } from './environment.js'
import { environmentOverrides } from './environment-overrides.js'
import { withHidden } from './hidden-property.js'
import { interpolateTree } from './interpolate.js'
import { readYaml } from './read-yaml.js'
import { absoluteUrl } from './store-url.js'

/**
 * Reads a configuration: a YAML file, the `.env` beside it, and the environment, which wins over both. Of the
 * environment `HOLDFAST_MEMORY_BACKEND`, `HOLDFAST_DATA_DIR` and `HOLDFAST_POSTGRES_URL` take the file's place.
 *
 * Without a path it is `config.yaml` in the working directory when there is one, else the defaults and the
 * environment (with the `.env` of the working directory). Relative paths, wherever they come from, are relative to
 * the file, or to the working directory when there is none. Variables are replaced under `memory` and `paths`:
 * `${NAME}`, `${NAME:-default}`, `$${` for the characters themselves.
 * @throws {MemoryError} `CONFIG_INVALID` naming the file and what is wrong in it: not readable, no YAML (with line
 * and column), an unknown key under `memory` or `paths`, a wrong value, a variable that is not set.
 */
export async function loadConfig(path?: string): Promise<Config> {
  const file = resolve(path ?? 'config.yaml')
  const source = await readConfigFile(file, path === undefined)
  const folder = dirname(file)
  const lookup = await readEnvironment(folder)
  const overrides = environmentOverrides(lookup)
  const document = source === undefined ? {} : (readYaml(source, file) ?? {})
  const ours = interpolateSections(overrides.withoutOverridden(document), lookup, file)
  const where = source === undefined ? 'the configuration' : file
  return located(checkConfig(overrides.applied(ours), where), folder, source === undefined ? undefined : file)
}

async function readConfigFile(file: string, optional: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) {
      if (optional) return undefined
      throw new MemoryError('CONFIG_INVALID', `${file}: there is no such file`, { cause })
    }
    throw new MemoryError('CONFIG_INVALID', `${file}: it cannot be read`, { cause })
  }
}

/** Other programs may write `${…}` in their sections and mean something else by it. */
function interpolateSections(
  document: unknown,
  lookup: (name: string) => string | undefined,
  file: string,
): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document
  const { memory, paths }: { readonly memory?: unknown; readonly paths?: unknown } = document
  return {
    memory: interpolateTree(memory, lookup, `${file}: memory`),
    paths: interpolateTree(paths, lookup, `${file}: paths`),
  }
}

function located(config: Config, folder: string, file: string | undefined): Config {
  const { postgres } = config.memory
  const { password, url, replicaUrl } = postgres
  return {
    ...(file === undefined ? {} : { file }),
    memory: {
      ...config.memory,
      postgres: withHidden(
        { ...postgres },
        { password, replicaUrl, url: url === undefined ? undefined : absoluteUrl(url, folder) },
      ),
    },
    paths: { dataDir: resolve(folder, config.paths.dataDir) },
  }
}
