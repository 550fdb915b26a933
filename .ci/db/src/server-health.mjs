import { splitPassword } from './connection.mjs'
import { sqlInRoot } from './debian-cluster.mjs'
import { isRunning } from './process-identity.mjs'
import { waitUntil } from './wait-until.mjs'
import { isContainerRunning, sqlInContainer } from './way-docker.mjs'
import { checkUrl } from './way-url.mjs'

/** A server under load may need a moment; one that is dead is known to be so without waiting. */
const PATIENCE_MS = 10_000

/**
 * Tells whether the recorded server runs and answers a query.
 *
 * @param {import('./state.mjs').State} state
 * @returns {Promise<boolean>}
 */
export async function isAnswering(state) {
  const { server, root, container } = state
  const { password = '' } = splitPassword(state.url)
  if (state.how === 'url') {
    return checkUrl(state.url).then(
      () => true,
      () => false,
    )
  }
  if (container !== null) {
    return keepsAnswering(() => isContainerRunning(container), sqlInContainer(container, password))
  }
  if (server === null || root === null) return false
  const sql = sqlInRoot(root, { port: Number(new URL(state.url).port), password })
  return keepsAnswering(() => isRunning(server), sql)
}

/**
 * @param {() => boolean | Promise<boolean>} runs
 * @param {import('./prepare-database.mjs').Sql} sql
 */
async function keepsAnswering(runs, sql) {
  let gone = false
  const answered = await waitUntil(
    async () => {
      gone = !(await runs())
      if (gone) return true
      const { code, stderr } = await sql('postgres', 'select 1')
      // A full server is a living one.
      return code === 0 || stderr.includes('too many clients')
    },
    { timeoutMs: PATIENCE_MS },
  )
  return answered && !gone
}
