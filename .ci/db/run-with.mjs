#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import { parseArgs } from 'node:util'
import { bringUp, describe } from './src/bring-up.mjs'
import { exitCodes, Failure, runMain } from './src/failure.mjs'
import { identify } from './src/process-identity.mjs'
import { DEFAULT_VERSION, serverVersion, serverVersions } from './src/server-versions.mjs'
import { parseSettings } from './src/settings.mjs'
import { takeDown } from './src/take-down.mjs'

const USAGE = `Usage: run-with [--server-version n] [--pooler] [--set name=value]... -- command [argument]...

Runs the command with DATABASE_URL of a server of its own and HOLDFAST_TEST_DATABASE=real, stops the
server afterwards, and ends with the command's exit code.
  --server-version n  ${serverVersions.map(({ version }) => version).join(', ')}; default ${DEFAULT_VERSION}
  --pooler            PgBouncer beside the server, where there is one to be had: DATABASE_POOLER_URL
  --set name=value    a server setting, e.g. --set shared_buffers=1GB (may be repeated)`

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

await runMain(async () => {
  const { settings, version, pooler, command, help } = readArguments()
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    return exitCodes.ok
  }
  /** @type {NodeJS.Signals | undefined} */
  let received
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      received ??= signal
      // A terminal has already sent Ctrl-C to the command too; a second one makes many tools give up hard.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal)
    })
  }
  // A server of its own: runs at the same time, and one that db:up started, do not meet.
  const instance = `run-${process.pid}-${randomBytes(3).toString('hex')}`
  try {
    const { state } = await bringUp({ instance, settings, version, pooler, owner: identify(process.pid) })
    process.stderr.write(`db: ${describe(state)}\n`)
    if (received !== undefined) return 128 + constants.signals[received]
    return await new Promise((resolve, reject) => {
      const [file = '', ...args] = command
      child = spawn(file, args, {
        stdio: 'inherit',
        env: {
          ...process.env,
          ...{ DATABASE_URL: state.url, HOLDFAST_TEST_DATABASE: 'real' },
          ...(version === undefined ? {} : { HOLDFAST_TEST_SERVER_VERSION: version }),
          ...(state.pooler ? { DATABASE_POOLER_URL: state.pooler.url } : {}),
        },
      })
      child.on('error', (cause) => reject(new Failure(`could not run ${file}: ${cause.message}`, { cause })))
      child.on('exit', (code, signal) =>
        resolve(signal === null ? (code ?? exitCodes.failed) : 128 + constants.signals[signal]),
      )
    })
  } finally {
    await takeDown({ instance, removeData: true })
  }
})

function readArguments() {
  try {
    const separator = process.argv.indexOf('--')
    const { values } = parseArgs({
      args: process.argv.slice(2, separator === -1 ? undefined : separator),
      options: {
        'server-version': { type: 'string' },
        pooler: { type: 'boolean', default: false },
        set: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    })
    const command = separator === -1 ? [] : process.argv.slice(separator + 1)
    if (command.length === 0 && !values.help) throw new Error('a command after -- is missing')
    const { 'server-version': version, pooler, help } = values
    if (version !== undefined) serverVersion(version)
    return { settings: parseSettings(values.set), version, pooler, command, help }
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(`${reason}\n${USAGE}`, { exitCode: exitCodes.unavailable, cause })
  }
}
