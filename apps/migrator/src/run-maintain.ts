import { parseStoreUrl, redactUrl } from '@holdfast/config'
import type { MaintainProgress, OwnerIndexReport } from '@holdfast/core'
import { type Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from './command-context.js'
import { UsageError } from './usage-error.js'

/** What `maintain` did. */
export interface MaintainCommandReport {
  readonly command: 'maintain'
  /** Every index that was built is good enough to be used. */
  readonly ok: boolean
  readonly store: string
  readonly indexes: readonly OwnerIndexReport[]
}

export interface MaintainCommandOptions {
  readonly schema?: string
  readonly minRows?: number
  readonly minRecall?: number
  readonly maxIndexes?: number
  readonly json?: true
}

export function addMaintainOptions(command: Command): Command {
  return command
    .option('--schema <name>', 'the schema of the store in a database (default: "holdfast")')
    .option('--min-rows <vectors>', 'from how many on an owner gets an index (default: 20000)', count(1))
    .option('--min-recall <share>', 'of the true nearest, that an index must find (default: 0.95)', share)
    .option('--max-indexes <number>', 'how many there are at most (default: 64)', count(0))
    .option('--json', 'print one JSON document')
}

/** `maintain`: gives large owners an index of their own, and takes it from those that need none any more. */
export async function runMaintain(
  url: string,
  { schema, minRows, minRecall, maxIndexes }: MaintainCommandOptions,
  { signal, logger, say }: CommandContext,
): Promise<MaintainCommandReport> {
  const location = parseStoreUrl(url, process.cwd())
  if (location.kind === 'file') {
    throw new UsageError('maintain is for databases; searches in a store of files need no index')
  }
  const { PostgresBackend } = await import('@holdfast/backend-postgres')
  const target =
    location.kind === 'postgres'
      ? { connectionString: location.connectionString }
      : { embedded: { dataDir: location.dataDir } }
  await using store = await PostgresBackend.open({
    ...target,
    ...{ create: false, migrate: 'check' as const, logger },
    ...(schema === undefined ? {} : { schema }),
  })
  const { indexes } = await store.admin.maintain({
    ...{ signal, onProgress: (progress: MaintainProgress) => say(stepText(progress)) },
    ...(minRows === undefined ? {} : { minRows }),
    ...(minRecall === undefined ? {} : { minRecall }),
    ...(maxIndexes === undefined ? {} : { maxIndexes }),
  })
  const ok = indexes.every(({ action }) => action !== 'refused')
  return { command: 'maintain', ok, store: redactUrl(url), indexes }
}

const stepTexts: Readonly<Record<MaintainProgress['step'], string>> = {
  survey: 'counting vectors',
  build: 'building an index',
  check: 'checking the index',
  drop: 'dropping an index',
  analyze: 'gathering statistics',
}

function stepText({ step, owner, done, total }: MaintainProgress): string {
  const whose = owner === undefined ? '' : ` of ${owner.tenantId ?? owner.userId}`
  return `${stepTexts[step]}${whose}${total === 0 ? '' : ` (${done} of ${total} done)`}`
}

function count(least: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : -1
    if (number < least) throw new InvalidArgumentError(`It must be a whole number from ${least} on.`)
    return number
  }
}

function share(value: string): number {
  const number = /^\d(\.\d+)?$/.test(value) ? Number(value) : -1
  if (number < 0 || number > 1) throw new InvalidArgumentError('It must be 0 to 1.')
  return number
}
