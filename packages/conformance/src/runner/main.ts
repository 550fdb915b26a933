import { readFile } from 'node:fs/promises'
import { type Command, parseArguments, UsageError, usage } from './cli-arguments.js'
import { jsonReport } from './json-report.js'
import { listReport } from './list-report.js'
import { ReadableReport } from './readable-report.js'
import { hasPassed, ResultCollector } from './run-result.js'
import { runChild } from './start-child.js'

/** What the command line ends with. */
export const exitCodes = { passed: 0, failed: 1, usage: 2 } as const

export interface Outputs {
  out(text: string): void
  err(text: string): void
}

/** The whole command line; resolves to the exit code. */
export async function main(
  args: readonly string[],
  directory: string,
  { out, err }: Outputs,
): Promise<number> {
  try {
    const command = parseArguments(args, directory)
    if (command.kind === 'test') return await test(command, { out, err })
    out(command.kind === 'help' ? usage : `${await version()}\n`)
    return exitCodes.passed
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    err(`${error.message}\n\n${usage}`)
    return exitCodes.usage
  }
}

async function test({ file, json, mode }: Extract<Command, { kind: 'test' }>, { out, err }: Outputs) {
  const collector = new ResultCollector()
  const readable = json || mode === 'list' ? undefined : new ReadableReport(out)
  let unusable: string | undefined
  const crash = await runChild({ file, mode }, (event) => {
    if (event.type === 'unusable') unusable = event.reason
    else collector.add(event)
    readable?.progress(collector.result())
  })
  if (unusable !== undefined) {
    err(`${unusable}\n`)
    return exitCodes.usage
  }
  const result = collector.result(crash)
  if (json) out(jsonReport(result))
  else if (readable) readable.end(result)
  else out(listReport(result))
  const isRight = mode === 'list' ? result.problems.length === 0 : hasPassed(result)
  return isRight ? exitCodes.passed : exitCodes.failed
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { version: own } = JSON.parse(text) as { readonly version: string }
  return own
}
