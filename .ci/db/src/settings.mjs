import { exitCodes, Failure } from './failure.mjs'

/** These decide where the server listens and what it reads; they are not for `--set`. */
const FIXED = [
  'listen_addresses',
  'port',
  'unix_socket_directories',
  'data_directory',
  'hba_file',
  'ident_file',
  'config_file',
  'dynamic_shared_memory_type',
  'password_encryption',
]

/** @type {Readonly<Record<string, string>>} */
const DEFAULTS = { max_connections: '100', password_encryption: 'scram-sha-256' }

/**
 * @param {readonly string[]} assignments `name=value`, as given to `--set`
 * @returns {Readonly<Record<string, string>>}
 * @throws {Failure} exit code 2
 */
export function parseSettings(assignments) {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const match = /^([A-Za-z_][A-Za-z0-9_.]*)=(.*)$/s.exec(assignment)
      const name = match?.[1]?.toLowerCase()
      if (match === null || name === undefined) {
        throw new Failure(`--set takes name=value, not "${assignment}"`, { exitCode: exitCodes.unavailable })
      }
      if (FIXED.includes(name)) {
        throw new Failure(`--set cannot change ${name}`, { exitCode: exitCodes.unavailable })
      }
      return [name, match[2] ?? '']
    }),
  )
}

/**
 * @param {Readonly<Record<string, string>>} settings
 * @returns {readonly string[]} arguments for `postgres`
 */
export function settingArguments(settings) {
  return Object.entries({ ...DEFAULTS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/**
 * @param {Readonly<Record<string, string>>} a
 * @param {Readonly<Record<string, string>>} b
 */
export function sameSettings(a, b) {
  const text = (/** @type {Readonly<Record<string, string>>} */ settings) =>
    JSON.stringify(Object.entries(settings).sort(([x], [y]) => (x < y ? -1 : 1)))
  return text(a) === text(b)
}
