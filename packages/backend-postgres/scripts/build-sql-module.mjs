// Puts sql/*.sql and sql/schema.txt into src/generated, so that the package needs no file at run time.
// `node scripts/build-sql-module.mjs` writes the modules, `--check` exits 1 when one is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(dirname(fileURLToPath(import.meta.url)))

const files = readdirSync(join(folder, 'sql'))
  .filter((name) => /^\d{6}_[a-z_]+\.sql$/.test(name))
  .sort()
const entries = files.map((name, index) => {
  const id = Number(name.slice(0, 6))
  if (id !== index + 1) throw new Error(`${name}: numbers must run from 000001 without a gap`)
  return `  {\n    id: ${id},\n    name: '${name.slice(7, -4)}',\n    sql: \`${literalOf(name)}\`,\n  },`
})

const modules = {
  'migrations.ts': `// Generated from sql/*.sql by \`node scripts/build-sql-module.mjs\`. Edit the SQL files and run it again.

/** The numbered SQL files, in order. Text in double braces is filled in before it runs. */
export const sqlFiles: readonly { readonly id: number; readonly name: string; readonly sql: string }[] = [
${entries.join('\n')}
]
`,
  'schema-description.ts': `// Generated from sql/schema.txt by \`node scripts/build-sql-module.mjs\`. The text itself is written by
// \`vitest run test/schema-description.test.ts -u\` from what the catalogs say about a new store.

/** A store's tables, columns, constraints, indexes, policies and grants, one a line. */
export const schemaDescription = \`${literalOf('schema.txt')}\`
`,
}

for (const [name, module] of Object.entries(modules)) {
  const target = join(folder, 'src/generated', name)
  if (!process.argv.includes('--check')) writeFileSync(target, module)
  else if (readFileSync(target, 'utf8') !== module) {
    console.error(`src/generated/${name} is out of date: run node scripts/build-sql-module.mjs`)
    process.exitCode = 1
  }
}

/** @param {string} name */
function literalOf(name) {
  const text = readFileSync(join(folder, 'sql', name), 'utf8').replaceAll('\r\n', '\n')
  return text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')
}
