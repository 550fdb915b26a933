import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const usage = `Usage: npx @holdfast/conformance <harness.js> [--json] [--list]

Runs the tests that every Holdfast memory backend must pass. The module's default export
is the harness: see docs/writing-a-backend.md.

  --json     one JSON document on standard output instead of a report to read
  --list     say what would be tested and what is left out, and run nothing
  --help     this text
  --version  the version of the suite

A test is left out only where the backend declares that it cannot do something, or where
a backend for one process has a harness that cannot open a store twice.
Exit code: 0 everything passed, 1 something failed, 2 wrong usage or no usable harness.
`

/** A wrong command line. */
export class UsageError extends Error {}

export type Command =
  | { readonly kind: 'help' | 'version' }
  | { readonly kind: 'test'; readonly file: string; readonly json: boolean; readonly mode: 'run' | 'list' }

/** @throws {UsageError} for anything that {@link usage} does not name. */
export function parseArguments(args: readonly string[], directory: string): Command {
  const { values, positionals } = parsed(args)
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  const [file, ...others] = positionals
  if (file === undefined) throw new UsageError('the module with the harness is missing')
  if (others.length > 0) throw new UsageError(`one harness at a time, not also ${others.join(', ')}`)
  return {
    kind: 'test',
    file: resolve(directory, file),
    json: values.json ?? false,
    mode: values.list ? 'list' : 'run',
  }
}

function parsed(args: readonly string[]) {
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: { json: flag, list: flag, help: flag, version: flag },
      allowPositionals: true,
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
