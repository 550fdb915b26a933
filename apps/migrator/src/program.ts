import { Command } from 'commander'
import { addCommandOptions, type CommandOptions, type CopyCommandOptions } from './command-options.js'
import { addRepairOptions, type RepairCommandOptions } from './repair-options.js'
import type { DoctorOptions } from './run-doctor.js'
import { addMaintainOptions, type MaintainCommandOptions } from './run-maintain.js'
import { addSchemaOptions, type SchemaCommandOptions } from './run-schema.js'

/** What the commands do. */
export interface Actions {
  readonly copy: (options: CopyCommandOptions) => Promise<void>
  readonly verify: (options: CommandOptions) => Promise<void>
  readonly doctor: (url: string, options: DoctorOptions) => Promise<void>
  readonly schema: (options: SchemaCommandOptions) => Promise<void>
  readonly maintain: (url: string, options: MaintainCommandOptions) => Promise<void>
  readonly repair: (url: string, options: RepairCommandOptions) => Promise<void>
}

const exitCodesHelp = `
Exit codes:
  0    done, and both stores are the same; nothing is wrong with the store
  1    a difference, records without an owner, or a target that is not empty; something is wrong with the store, or an
       index found too little
  2    the command line, a URL or a configuration is wrong
  3    a store cannot be opened, read or written, or the result cannot be printed
  4    another process has the store, or maintains it
  130  stopped by Ctrl+C`

/** The command line. It throws a `CommanderError` where commander would exit. */
export function createProgram(version: string, actions: Actions): Command {
  const program = new Command('holdfast-migrator')
    .description(
      'Copies agent memories between stores, proves that nothing was lost, and repairs what was damaged.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(holdfast-migrator --help lists the options)')
    .addHelpText('after', exitCodesHelp)
  const copy = program
    .command('copy')
    .description('Copy everything, or one scope, and compare afterwards. The target must be empty.')
  addCommandOptions(copy)
    .option('--resume', 'go on with a copy that was interrupted: keep what the target has')
    .option('--dry-run', 'read and check everything, write nothing')
    .action(async (options: CopyCommandOptions) => actions.copy(options))
  const verify = program.command('verify').description('Compare two stores, down to the bits of the vectors.')
  addCommandOptions(verify).action(async (options: CommandOptions) => actions.verify(options))
  program
    .command('doctor')
    .description('Say what is in a store, what is wrong with it, and what would repair that. Only reads.')
    .argument('<url>', 'the store: file:./data, pglite:./data-pg or postgres://…')
    .option('--schema <name>', 'the schema of the store in a database (default: "holdfast")')
    .option('--json', 'print one JSON document')
    .action(async (url: string, options: DoctorOptions) => actions.doctor(url, options))
  const schema = program
    .command('schema')
    .description(
      'Print the SQL that sets up an empty store, for a database administrator. Connects to nothing.',
    )
  addSchemaOptions(schema).action(async (options: SchemaCommandOptions) => actions.schema(options))
  const maintain = program
    .command('maintain')
    .description(
      'Give the large owners of a database an index of their own for searches by vector, check it, and drop those that ' +
        'are broken or needed no more. Searches and writes go on meanwhile.',
    )
    .argument('<url>', 'the store: postgres://… or pglite:./data-pg')
  addMaintainOptions(maintain).action(async (url: string, options: MaintainCommandOptions) =>
    actions.maintain(url, options),
  )
  const repair = program
    .command('repair')
    .description(
      'Repair a store of files. Does what is named and nothing else, and keeps what it cuts off or replaces in ' +
        '.holdfast/quarantine. Without an option it lists what could be done.',
    )
    .argument('<url>', 'the store: file:./data')
  addRepairOptions(repair).action(async (url: string, options: RepairCommandOptions) =>
    actions.repair(url, options),
  )
  return program
}
