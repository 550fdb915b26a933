import { exitCodes, Failure } from './failure.mjs'

/**
 * A PostgreSQL that Debian has, and where its pgvector comes from.
 *
 * @typedef {object} ServerVersion
 * @property {string} version
 * @property {string} suite Debian release that has the server
 * @property {string | undefined} pgvectorSource release whose source package of pgvector is built for the server; undefined: the suite has it ready
 */

export const DEFAULT_VERSION = '17'

/** @type {readonly ServerVersion[]} */
export const serverVersions = [
  { version: '15', suite: 'bookworm', pgvectorSource: 'trixie' },
  { version: DEFAULT_VERSION, suite: 'trixie', pgvectorSource: undefined },
  { version: '18', suite: 'forky', pgvectorSource: undefined },
]

/**
 * @param {string} version as given to `--server-version`
 * @returns {ServerVersion}
 * @throws {Failure} exit code 2
 */
export function serverVersion(version) {
  const found = serverVersions.find((candidate) => candidate.version === version)
  if (found !== undefined) return found
  const known = serverVersions.map((candidate) => candidate.version).join(', ')
  throw new Failure(`--server-version takes ${known}, not "${version}"`, { exitCode: exitCodes.unavailable })
}
