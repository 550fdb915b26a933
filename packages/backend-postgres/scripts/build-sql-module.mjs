// Puts sql/*.sql into src/generated/migrations.ts, so that the package needs no file at run time.
// `node scripts/build-sql-module.mjs` writes it, `--check` exits 1 when it is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(folder, 'src/generated/migrations.ts')

const files = readdirSync(join(folder, 'sql'))
  .filter((name) => /^\d{6}_[a-z_]+\.sql$/.test(name))
  .sort()
const entries = files.map((name, index) => {
  const id = Number(name.slice(0, 6))
  if (id !== index + 1) throw new Error(`${name}: numbers must run from 000001 without a gap`)
  const sql = readFileSync(join(folder, 'sql', name), 'utf8').replaceAll('\r\n', '\n')
  const literal = sql.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')
  return `  {\n    id: ${id},\n    name: '${name.slice(7, -4)}',\n    sql: \`${literal}\`,\n  },`
})
const module = `// Generated from sql/*.sql by \`node scripts/build-sql-module.mjs\`. Edit the SQL files and run it again.

/** The numbered SQL files, in order. Text in double braces is filled in before it runs. */
export const sqlFiles: readonly { readonly id: number; readonly name: string; readonly sql: string }[] = [
${entries.join('\n')}
]
`

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== module) {
    console.error('src/generated/migrations.ts is out of date: run node scripts/build-sql-module.mjs')
    process.exit(1)
  }
} else {
  writeFileSync(target, module)
}
