#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { bringUp, describe } from './src/bring-up.mjs'
import { exitCodes, Failure, runMain } from './src/failure.mjs'
import { DEFAULT_VERSION, serverVersions } from './src/server-versions.mjs'
import { parseSettings } from './src/settings.mjs'

const USAGE = `Usage: db:up [--server-version n] [--pooler] [--keep] [--set name=value]...

Makes a PostgreSQL server with pgvector reachable for tests and writes .db/state.json.
  --server-version n  ${serverVersions.map(({ version }) => version).join(', ')}; default ${DEFAULT_VERSION}
  --pooler            with PgBouncer beside it, where there is one to be had
  --keep              start the last cluster again instead of an empty one
  --set name=value    a server setting, e.g. --set shared_buffers=1GB (may be repeated)`

await runMain(async () => {
  const { keep, set, help, pooler, 'server-version': version } = readArguments()
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    return exitCodes.ok
  }
  const settings = set.length === 0 ? {} : { settings: parseSettings(set) }
  const { state, started } = await bringUp({
    keep,
    pooler,
    ...settings,
    ...(version === undefined ? {} : { version }),
  })
  const prefix = started || state.how === 'url' ? '' : 'already running: '
  process.stdout.write(`${prefix}${describe(state)}\n`)
  return exitCodes.ok
})

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        keep: { type: 'boolean', default: false },
        'server-version': { type: 'string' },
        pooler: { type: 'boolean', default: false },
        set: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(`${reason}\n${USAGE}`, { exitCode: exitCodes.unavailable, cause })
  }
}
