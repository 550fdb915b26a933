import type { Scope } from '@holdfast/core'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type UnownedMode, unownedModes } from './copy-memories.js'
import { type StoreReference, storeAtUrl, storeOfConfig } from './store-reference.js'
import { defaultBatchSize } from './survey-source.js'
import { UsageError } from './usage-error.js'

/** The options that both commands take, as commander hands them over. */
export interface CommandOptions {
  readonly from?: string
  readonly to?: string
  readonly config?: string
  readonly tenant?: string
  readonly user?: string
  readonly unowned: UnownedMode
  readonly batchSize: number
  readonly json?: true
}

export interface CopyCommandOptions extends CommandOptions {
  readonly dryRun?: true
  readonly resume?: true
}

export function addCommandOptions(command: Command): Command {
  return command
    .option('--from <url>', 'the source: file:./data, pglite:./data-pg or postgres://…; only read')
    .option('--to <url>', 'the target')
    .option('--config <file>', 'the store of this configuration, in place of --from or of --to')
    .option('--tenant <id>', 'only the records of this tenant', notEmpty)
    .option('--user <id>', 'only the records of this user, inside tenants too', notEmpty)
    .addOption(
      new Option('--unowned <what>', 'what to do about records without tenant and user')
        .choices(unownedModes)
        .default('reject'),
    )
    .option(
      '--batch-size <records>',
      'records read at a time; a few batches are written together',
      batchSize,
      defaultBatchSize,
    )
    .option('--json', 'print one JSON document')
}

/** @throws {UsageError} when both are given: a tenant and a user are two different questions. */
export function scopeOf({ tenant, user }: CommandOptions): Scope | undefined {
  if (tenant !== undefined && user !== undefined) {
    throw new UsageError(
      '--tenant and --user cannot be combined: a tenant is copied whole, a user everywhere',
    )
  }
  if (tenant !== undefined) return { tenantId: tenant }
  return user === undefined ? undefined : { userId: user }
}

/** @throws {UsageError} when there are not two stores, or they are one. */
export async function storesOf(
  options: CommandOptions,
): Promise<{ readonly from: StoreReference; readonly to: StoreReference }> {
  const { from, to, config } = options
  if (config !== undefined && (from === undefined) === (to === undefined)) {
    throw new UsageError('--config stands in place of one of --from and --to; give the other one')
  }
  if (config === undefined && (from === undefined || to === undefined)) {
    throw new UsageError(`--${from === undefined ? 'from' : 'to'} is missing`)
  }
  const source = await (from === undefined ? storeOfConfig(config ?? '') : storeAtUrl(from))
  const target = await (to === undefined ? storeOfConfig(config ?? '') : storeAtUrl(to))
  if (source.identity === target.identity)
    throw new UsageError('the source and the target are the same store')
  return { from: source, to: target }
}

function notEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.')
  return value
}

function batchSize(value: string): number {
  const size = /^\d{1,5}$/.test(value) ? Number(value) : 0
  if (size < 1 || size > 10_000) throw new InvalidArgumentError('It must be 1 to 10000.')
  return size
}
