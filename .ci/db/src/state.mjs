import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from './failure.mjs'

/** @typedef {'url' | 'docker' | 'debian'} Way */

/**
 * A connection pooler beside the server.
 *
 * @typedef {object} Pooler
 * @property {string} url connection string with the password
 * @property {import('./process-identity.mjs').ProcessIdentity} server
 * @property {string} folder its configuration, with the password
 */

/**
 * What a running server is remembered by (`.db/state.json`, mode 600: the URL holds the password).
 *
 * @typedef {object} State
 * @property {Way} how
 * @property {string} url connection string with the password
 * @property {boolean} ready false from the moment the server is started until it has answered
 * @property {number | null} pid of the postmaster; null unless `how` is "debian"
 * @property {import('./process-identity.mjs').ProcessIdentity | null} server
 * @property {string | null} root folder that the server sees as its root; null unless `how` is "debian"
 * @property {string | null} container id; null unless `how` is "docker"
 * @property {string | null} version of the server that `--server-version` asked for; null: whatever DATABASE_URL has
 * @property {Pooler | null} pooler
 * @property {Readonly<Record<string, string>>} settings what `--set` asked for
 * @property {string | null} postgres server version
 * @property {string | null} pgvector extension version
 * @property {string | null} note what could not be checked
 */

/**
 * What `--keep` needs to start the same cluster again after the state is gone.
 *
 * @typedef {{ readonly how: 'debian', readonly password: string, readonly root: string, readonly cluster: string }} KeptCluster
 * @typedef {{ readonly how: 'docker', readonly password: string, readonly container: string, readonly version: string, readonly settings: Readonly<Record<string, string>> }} KeptContainer
 * @typedef {KeptCluster | KeptContainer} Kept
 */

/**
 * @template T
 * @param {string} file
 * @returns {Promise<T | undefined>}
 */
export async function readRecord(file) {
  let text
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Failure(`${file} is not JSON; remove it and try again`, { cause })
  }
}

/**
 * Replaces the file as a whole; only its owner may read it.
 *
 * @param {string} file
 * @param {State | Kept | import('./process-identity.mjs').ProcessIdentity} record
 */
export async function writeRecord(file, record) {
  await mkdir(dirname(file), { recursive: true })
  const written = `${file}.new`
  await writeFile(written, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  // The mode above holds only for a file that did not exist.
  await chmod(written, 0o600)
  await rename(written, file)
}

/** @param {string} file */
export async function removeRecord(file) {
  await rm(file, { force: true })
  await rm(`${file}.new`, { force: true })
}
