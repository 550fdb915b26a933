import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { run } from './command.mjs'
import { splitPassword } from './connection.mjs'
import { Failure } from './failure.mjs'
import { repositoryFolder } from './places.mjs'
import { psqlOptions } from './prepare-database.mjs'

const TIMEOUT_MS = 10_000

const CHECK =
  "select current_setting('server_version') as postgres, default_version as pgvector " +
  "from pg_available_extensions where name = 'vector'"

/**
 * What is known about a server that somebody else runs.
 *
 * @typedef {object} Checked
 * @property {string | null} postgres
 * @property {string | null} pgvector
 * @property {string | null} note what could not be checked
 */

/**
 * Checks that the server answers and offers pgvector: with the `pg` package, else with psql, else only that
 * something listens there. Nothing is changed on the server.
 *
 * @param {string} url
 * @returns {Promise<Checked>}
 * @throws {Failure} when the server does not answer or has no pgvector
 */
export async function checkUrl(url) {
  const { shown } = splitPassword(url)
  const row = (await askPg(url)) ?? (await askPsql(url))
  if (row === undefined) {
    await askTcp(url)
    return {
      ...{ postgres: null, pgvector: null },
      note: 'neither pg nor psql is here: only checked that the port answers, not for pgvector',
    }
  }
  if (row.length === 0) throw new Failure(`the server at ${shown} does not offer the extension "vector"`)
  const [postgres = null, pgvector = null] = row
  return { postgres: postgres?.split(' ')[0] ?? null, pgvector, note: null }
}

/** @param {string} url @param {unknown} cause */
function noAnswer(url, cause) {
  const { shown, password } = splitPassword(url)
  const reason = cause instanceof Error ? cause.message || String(cause) : String(cause)
  const safe = password ? reason.replaceAll(password, '***') : reason
  return new Failure(`DATABASE_URL is set, but ${shown} does not answer: ${safe.trim()}`)
}

/**
 * @param {string} url
 * @returns {Promise<readonly string[] | undefined>} undefined: `pg` is not installed
 */
async function askPg(url) {
  let file
  try {
    file = createRequire(join(repositoryFolder, 'packages/backend-postgres/package.json')).resolve('pg')
  } catch {
    return undefined
  }
  const { default: pg } = await import(pathToFileURL(file).href)
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: TIMEOUT_MS })
  // A connection that breaks after the answer must not end this process.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(CHECK)
    return rows.length === 0 ? [] : [rows[0].postgres, rows[0].pgvector]
  } catch (error) {
    throw noAnswer(url, error)
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * @param {string} url
 * @returns {Promise<readonly string[] | undefined>} undefined: there is no psql
 */
async function askPsql(url) {
  if ((await run('psql', ['--version'])).code !== 0) return undefined
  const { shown, password } = splitPassword(url)
  const env = {
    ...process.env,
    PGCONNECT_TIMEOUT: String(TIMEOUT_MS / 1000),
    // In the environment, since arguments can be read by everybody on the machine.
    ...(password === undefined ? {} : { PGPASSWORD: password }),
  }
  const { code, stdout, stderr } = await run('psql', [...psqlOptions, '-d', shown, '-c', CHECK], { env })
  if (code !== 0) throw noAnswer(url, stderr)
  const line = stdout.trim()
  return line === '' ? [] : line.split('|')
}

/**
 * @param {string} url
 * @returns {Promise<void>}
 */
async function askTcp(url) {
  const { hostname, port } = new URL(url)
  const host = hostname === '' ? 'localhost' : hostname.replace(/^\[|\]$/g, '')
  await new Promise((resolve, reject) => {
    const socket = connect({ host, port: port === '' ? 5432 : Number(port), timeout: TIMEOUT_MS })
    socket.on('connect', () => resolve(socket.destroy()))
    socket.on('timeout', () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
    socket.on('error', (error) => reject(noAnswer(url, error)))
  })
}
