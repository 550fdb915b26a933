import { existsSync } from 'node:fs'
import { legacyDirectory } from './legacy-directory.js'
import { canStartServers } from './own-server.js'

/** Runs once before all tests of the package. */
export function setup(): void {
  if (process.env.DATABASE_URL === undefined) {
    console.log(
      'backend-postgres: DATABASE_URL is not set, so only embedded PostgreSQL is tested, without killed servers and full disks; for a real server too: pnpm test:real',
    )
  }
  if (process.env.DATABASE_URL !== undefined && process.env.DATABASE_POOLER_URL === undefined) {
    console.log(
      'backend-postgres: DATABASE_POOLER_URL is not set, so nothing is tested behind PgBouncer; pnpm test:real has one',
    )
  }
  if (process.env.DATABASE_URL !== undefined && !canStartServers) {
    console.log(
      'backend-postgres: no server can be started from Debian packages here, so none is killed, and no disk is filled',
    )
  }
  if (!existsSync('/proc/self/stat')) {
    console.log('backend-postgres: there is no /proc, so the locks of dead processes are tested in part only')
  }
  if (legacyDirectory === undefined) {
    console.log(
      'backend-postgres: there is no directory of the Python system to compare with; name one in HOLDFAST_LEGACY_DATA',
    )
  }
}
