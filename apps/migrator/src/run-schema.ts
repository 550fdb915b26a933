import { InvalidArgumentError } from 'commander'

/** What `schema` prints SQL for, as commander hands it over. */
export interface SchemaCommandOptions {
  readonly schema?: string
  readonly dimensions?: number
  readonly extensionSchema?: string
  /** False with `--no-row-level-security`. */
  readonly rowLevelSecurity: boolean
}

/** `schema`: the SQL that sets up an empty store, for `psql`. It connects to nothing. */
export async function schemaSql(options: SchemaCommandOptions): Promise<string> {
  const { printMigrations } = await import('@holdfast/backend-postgres')
  const { schema, dimensions, extensionSchema, rowLevelSecurity } = options
  return printMigrations({
    rowLevelSecurity,
    ...(schema === undefined ? {} : { schema }),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(extensionSchema === undefined ? {} : { extensionSchema }),
  })
}

/** Values of a vector, as they are written on the command line. */
export function dimensionsOption(value: string): number {
  const dimensions = /^\d{1,5}$/.test(value) ? Number(value) : 0
  if (dimensions < 1 || dimensions > 16_000) throw new InvalidArgumentError('It must be 1 to 16000.')
  return dimensions
}
