import type { VectorLayout } from '@holdfast/backend-postgres'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** What `schema` prints SQL for, as commander hands it over. */
export interface SchemaCommandOptions {
  readonly schema?: string
  readonly dimensions?: number
  readonly extensionSchema?: string
  readonly vectorLayout?: VectorLayout
  /** False with `--no-row-level-security`. */
  readonly rowLevelSecurity: boolean
}

export function addSchemaOptions(command: Command): Command {
  return command
    .option('--schema <name>', 'the schema to make (default: "holdfast")')
    .option('--dimensions <number>', 'values a vector has (default: 1024)', dimensionsOption)
    .option('--extension-schema <name>', 'where the extension vector is (default: "public")')
    .addOption(
      new Option(
        '--vector-layout <layout>',
        'how vectors lie: with rough copies of 16 bits a value, which need pgvector 0.7, or whole ' +
          '(default: "rough" for 320 to 3920 dimensions, as a server is given when a store is opened)',
      ).choices(['rough', 'whole'] satisfies readonly VectorLayout[]),
    )
    .option('--no-row-level-security', 'leave out the roles and policies')
}

/** `schema`: the SQL that sets up an empty store, for `psql`. It connects to nothing. */
export async function schemaSql(options: SchemaCommandOptions): Promise<string> {
  const { printMigrations } = await import('@holdfast/backend-postgres')
  const { schema, dimensions, extensionSchema, vectorLayout, rowLevelSecurity } = options
  return printMigrations({
    rowLevelSecurity,
    ...(schema === undefined ? {} : { schema }),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(extensionSchema === undefined ? {} : { extensionSchema }),
    ...(vectorLayout === undefined ? {} : { vectorLayout }),
  })
}

/** Values of a vector, as they are written on the command line. */
function dimensionsOption(value: string): number {
  const dimensions = /^\d{1,5}$/.test(value) ? Number(value) : 0
  if (dimensions < 1 || dimensions > 16_000) throw new InvalidArgumentError('It must be 1 to 16000.')
  return dimensions
}
