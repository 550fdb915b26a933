#!/usr/bin/env node
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MemoryError } from '@holdfast/core'
import wrapAnsi from 'wrap-ansi'
import { Narrator } from './narrator.js'
import { OpenFailure } from './open-failure.js'
import { plainText } from './plain-text.js'
import { quickstart } from './quickstart.js'
import { standardTerminal } from './terminal.js'

const exitCodes = { ok: 0, failed: 1, usage: 2, cannotOpen: 3, locked: 4 } as const

const usage = `Usage: quickstart [--data DIR]

Tells the main job of Holdfast on a memory directory: open, ask, copy to
PostgreSQL, verify, ask again. The directory is only read.

  --data DIR   a directory of your own (default: the sample)
  --help       this text
`

const sample = fileURLToPath(new URL('../../../fixtures/sample', import.meta.url))

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read along, as in `quickstart | head`, has seen enough.
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed)
})
process.exitCode = await main()

async function main(): Promise<number> {
  const args = readArguments()
  if (args === undefined) return exitCodes.usage
  if (args.help) {
    process.stdout.write(usage)
    return exitCodes.ok
  }
  const options = { dataDir: resolve(args.data ?? sample), isSample: args.data === undefined }
  const terminal = standardTerminal()
  try {
    const isFine = await quickstart(new Narrator(terminal), options)
    return isFine ? exitCodes.ok : exitCodes.failed
  } catch (error) {
    process.stderr.write(`\n${wrapAnsi(explain(error, options.dataDir), terminal.columns, { hard: true })}\n`)
    if (!(error instanceof OpenFailure)) return exitCodes.failed
    return error.reason.code === 'LOCKED' ? exitCodes.locked : exitCodes.cannotOpen
  }
}

function readArguments():
  | { readonly data?: string | undefined; readonly help?: boolean | undefined }
  | undefined {
  // `pnpm quickstart -- --data DIR` hands the two dashes on.
  const args = process.argv.slice(2).filter((argument, index) => index > 0 || argument !== '--')
  try {
    const { values } = parseArgs({ args, options: { data: { type: 'string' }, help: { type: 'boolean' } } })
    if (values.data !== '') return values
    process.stderr.write(`--data needs a directory\n\n${usage}`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
  return undefined
}

function explain(error: unknown, dataDir: string): string {
  if (error instanceof OpenFailure)
    return `Cannot open ${plainText(dataDir)} (${error.reason.code}): ${error.message}`
  if (error instanceof MemoryError) return `Stopped (${error.code}): ${error.message}`
  return `Stopped: ${error instanceof Error ? error.message : String(error)}`
}
