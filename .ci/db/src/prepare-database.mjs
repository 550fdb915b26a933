import { TEST_DATABASE } from './connection.mjs'
import { Failure } from './failure.mjs'
import { waitUntil } from './wait-until.mjs'

/**
 * Runs one statement as the superuser and returns the rows, columns separated by `|`.
 *
 * @typedef {(database: string, sql: string) => Promise<import('./command.mjs').CommandResult>} Sql
 */

/** Options for psql: no start-up file, no password prompt, bare rows, stop at the first error. */
export const psqlOptions = Object.freeze(['-X', '-w', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'])

/**
 * Waits for the server and makes the test database with pgvector when it is not there yet.
 *
 * @param {object} options
 * @param {Sql} options.sql
 * @param {() => boolean | Promise<boolean>} options.isRunning false ends the wait
 * @param {() => Promise<string>} options.readLog the server's last lines, for the error message
 * @returns {Promise<{ readonly postgres: string, readonly pgvector: string }>} versions
 */
export async function prepareDatabase({ sql, isRunning, readLog }) {
  let stopped = false
  const answers = await waitUntil(
    async () => {
      if ((await sql('postgres', 'select 1')).code === 0) return true
      stopped = !(await isRunning())
      return stopped
    },
    { timeoutMs: 60_000 },
  )
  if (!answers || stopped) {
    const what = stopped ? 'stopped while starting' : 'did not answer within 60 s'
    throw new Failure(`the server ${what}; its last lines:\n${await readLog()}`)
  }
  const must = async (/** @type {string} */ database, /** @type {string} */ text) => {
    const { code, stdout, stderr } = await sql(database, text)
    if (code !== 0) throw new Failure(`the server refused "${text}": ${stderr.trim()}`)
    return stdout.trim()
  }
  if ((await must('postgres', `select 1 from pg_database where datname = '${TEST_DATABASE}'`)) === '') {
    await must('postgres', `create database ${TEST_DATABASE}`)
  }
  await must(TEST_DATABASE, 'set client_min_messages = warning; create extension if not exists vector')
  const versions = await must(
    TEST_DATABASE,
    "select current_setting('server_version'), extversion from pg_extension where extname = 'vector'",
  )
  const [postgres = '', pgvector = ''] = versions.split('|')
  // Debian's build adds its package version in brackets.
  return { postgres: postgres.split(' ')[0] ?? postgres, pgvector }
}
