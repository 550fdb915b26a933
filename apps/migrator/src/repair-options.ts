import type { RepairName } from '@holdfast/backend-file'
import type { Command } from 'commander'
import { UsageError } from './usage-error.js'

/** What `repair` can be asked for, with the words of its help. */
const descriptions: Readonly<Record<RepairName, string>> = {
  'rebuild-commit': 'write a damaged commit.json anew from the files that it had made ready',
  'drop-commit': 'take back an interrupted publication that cannot be finished and is not needed',
  'cut-base': 'cut files that were left half written back to the records that are whole',
  'reset-record': 'put back the copy of a damaged store.json, or go on without it',
  'cut-journal': 'end the journals before the first damage',
  restore: 'put back the files as they were last published',
  adopt: 'go on from the files as another program left them',
}

/** The options of `repair`, as commander hands them over. */
export type RepairCommandOptions = Readonly<Record<string, boolean | undefined>> & {
  readonly allowNetworkFileSystem?: true
  readonly json?: true
}

export function addRepairOptions(command: Command): Command {
  for (const [name, description] of Object.entries(descriptions)) command.option(`--${name}`, description)
  return command
    .option('--allow-network-file-system', 'repair where a lock may not keep other machines out')
    .option('--json', 'print one JSON document')
}

/** @throws {UsageError} for two that exclude each other. */
export function repairsOf(options: RepairCommandOptions): readonly RepairName[] {
  if (options.adopt && options.restore) throw new UsageError('--adopt and --restore exclude each other')
  return names.filter((name) => options[camelCase(name)] === true)
}

// They are the keys of an object of ours.
const names = Object.keys(descriptions) as RepairName[]

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
