import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { exitCodes, Failure } from './failure.mjs'

export const TEST_DATABASE = 'holdfast_test'
export const SUPERUSER = 'postgres'

/** Query parameters of a connection string that are secrets (libpq, "Parameter Key Words"). */
const SECRET_PARAMETERS = ['password', 'sslpassword']

/** 192 bits in characters that a URL carries as they are. */
export const newPassword = () => randomBytes(24).toString('base64url')

/**
 * @param {{ readonly port: number, readonly password: string }} server
 * @returns {string}
 */
export const connectionUrl = ({ port, password }) =>
  `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${TEST_DATABASE}`

/**
 * Splits a connection string into what may be shown and the password.
 *
 * @param {string} url
 * @returns {{ readonly shown: string, readonly password: string | undefined }}
 * @throws {Failure} for anything but a postgres:// or postgresql:// URL; the text is not repeated
 */
export function splitPassword(url) {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^postgres(ql)?:\/\//.test(url)) {
    throw new Failure('DATABASE_URL must be a URL that starts with postgresql://', {
      exitCode: exitCodes.unavailable,
    })
  }
  const password =
    parsed.password !== '' ? decodeURIComponent(parsed.password) : parsed.searchParams.get('password')
  parsed.password = ''
  for (const name of SECRET_PARAMETERS) parsed.searchParams.delete(name)
  return { shown: parsed.href, password: password ?? undefined }
}

/**
 * A loopback port that nobody listens on now. It may be gone a moment later: the caller tries again.
 *
 * @returns {Promise<number>}
 */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('the system gave no port')),
      )
    })
  })
}
