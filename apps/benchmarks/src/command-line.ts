import { tmpdir } from 'node:os'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.js'

/** What the command line asks for. */
export interface Request {
  readonly benchmark: Benchmark
  readonly sizes: Readonly<Record<string, number>>
  /** Those of the benchmark's switches that are given. */
  readonly switches: ReadonlySet<string>
  /** Where to write the figures as JSON. */
  readonly json: string | undefined
  /** Where the stores are made. */
  readonly folder: string
}

const options = {
  quick: { type: 'boolean' },
  json: { type: 'string' },
  in: { type: 'string' },
  help: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options']

/**
 * @returns `undefined` when it asks for help.
 * @throws {TypeError} for what it cannot mean, saying why.
 */
export function readCommandLine(
  args: readonly string[],
  benchmarks: readonly Benchmark[],
): Request | undefined {
  // `pnpm bench -- NAME` hands the two dashes on.
  const given = args.filter((argument, index) => index > 0 || argument !== '--')
  const [name = ''] = given
  if (name === '' || given.includes('--help')) return undefined
  const benchmark = benchmarks.find((each) => each.name === name)
  if (benchmark === undefined) throw new TypeError(`there is no benchmark ${JSON.stringify(name)}`)
  const sizeOptions = Object.keys(benchmark.sizes).map((size) => [size, { type: 'string' }] as const)
  const switches = Object.keys(benchmark.switches ?? {})
  const switchOptions = switches.map((name) => [name, { type: 'boolean' }] as const)
  const values: Readonly<Record<string, string | boolean | undefined>> = parseArgs({
    args: given.slice(1),
    options: { ...Object.fromEntries(sizeOptions), ...Object.fromEntries(switchOptions), ...options },
  }).values
  const isQuick = values.quick === true
  const sizes = Object.entries(benchmark.sizes).map(([size, { full, quick }]) => {
    const value = values[size]
    return [size, typeof value === 'string' ? readCount(size, value) : isQuick ? quick : full] as const
  })
  return {
    benchmark,
    sizes: Object.fromEntries(sizes),
    switches: new Set(switches.filter((each) => values[each] === true)),
    json: readPath('json', values.json),
    folder: readPath('in', values.in) ?? tmpdir(),
  }
}

/** How the program is called. */
export function usage(benchmarks: readonly Benchmark[]): string {
  const lines = benchmarks.flatMap(({ name, description, sizes, switches = {} }) => [
    '',
    `${name}: ${description}`,
    ...Object.entries(sizes).map(
      ([size, { full, quick, meaning }]) =>
        `  ${`--${size} N`.padEnd(18)}${meaning} (${full}, with --quick ${quick})`,
    ),
    ...Object.entries(switches).map(([each, meaning]) => `  ${`--${each}`.padEnd(18)}${meaning}`),
  ])
  return `Usage: bench NAME [--quick] [--json FILE] [--in DIR] [sizes]

Measures, and says which targets are met. Make sure that the machine has nothing else to do.

  --quick           small sizes, to see that it works; the figures mean nothing
  --json FILE       writes every single figure there too
  --in DIR          where to make the stores (the system's folder for temporary files)
  --help            this text
${lines.join('\n')}
`
}

function readCount(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`--${name} must be a whole number from 1 on`)
  return Number(text)
}

function readPath(name: string, value: string | boolean | undefined): string | undefined {
  if (value === '') throw new TypeError(`--${name} needs a path`)
  return typeof value === 'string' ? value : undefined
}
