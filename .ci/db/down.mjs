#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { exitCodes, Failure, runMain } from './src/failure.mjs'
import { takeDown } from './src/take-down.mjs'

const USAGE = `Usage: db:down [--purge]

Stops the server that db:up started. A server given by DATABASE_URL is left alone.
  --purge  also remove the cluster and the downloaded server`

await runMain(async () => {
  const options = readArguments()
  if (options.help) {
    process.stdout.write(`${USAGE}\n`)
    return exitCodes.ok
  }
  const found = await takeDown({ purge: options.purge })
  const lines = [found ? 'stopped' : 'nothing was running', ...(options.purge ? ['cache removed'] : [])]
  process.stdout.write(`${lines.join(', ')}\n`)
  return exitCodes.ok
})

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        purge: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(`${reason}\n${USAGE}`, { exitCode: exitCodes.unavailable, cause })
  }
}
