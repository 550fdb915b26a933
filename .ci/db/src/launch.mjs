import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { serverEnvironment } from './debian-cluster.mjs'
import { Failure } from './failure.mjs'
import { identify } from './process-identity.mjs'

/**
 * The process waits for a line before it becomes the server. It is on record by then; if the starting command
 * is killed first, the line never comes and no server is left that nobody knows of.
 */
const WAIT_FOR_RELEASE = Object.freeze(['sh', '-c', 'read -r line || exit 1; exec "$@" </dev/null', 'sh'])

/**
 * Starts a server process that outlives this one, and holds it until it is released.
 *
 * @param {string} log
 * @param {readonly string[]} command
 * @returns {{ readonly server: import('./process-identity.mjs').ProcessIdentity, release(): void }}
 */
export function launch(log, command) {
  const [program = '', ...args] = [...WAIT_FOR_RELEASE, ...command]
  const output = openSync(log, 'w', 0o600)
  try {
    const child = spawn(program, args, {
      env: { ...serverEnvironment, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` },
      stdio: ['pipe', output, output],
      // A session of its own: Ctrl-C in the terminal is not for the server.
      detached: true,
      cwd: dirname(log),
    })
    child.on('error', () => {})
    child.unref()
    const { pid, stdin } = child
    if (pid === undefined || stdin === null) throw new Failure(`could not start ${program}`)
    // A process that ended at once is reported by its log, not by the pipe.
    stdin.on('error', () => {})
    // sh, unshare, chroot and the server replace each other in the same process.
    return { server: identify(pid), release: () => stdin.end('start\n') }
  } finally {
    closeSync(output)
  }
}
