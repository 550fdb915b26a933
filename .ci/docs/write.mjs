// Writes what is generated in docs/: the code of writing-a-backend.md and all of conformance.md. Run by `pnpm docs:write`;
// with --check it changes nothing and fails when something is out of date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conformancePage } from './conformance-page.mjs'
import { withSource } from './source-blocks.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const check = process.argv.includes('--check')

/** The text of each generated page, from what it is now. */
const pages = {
  'docs/writing-a-backend.md': (text) => withSource(text, root),
  'docs/conformance.md': () => conformancePage(root),
}

for (const [name, generate] of Object.entries(pages)) {
  const file = join(root, name)
  let before = ''
  try {
    before = readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  const after = generate(before)
  if (before === after) continue
  if (check) {
    console.error(`${name} is out of date: run \`npx -y pnpm@12 docs:write\``)
    process.exitCode = 1
  } else {
    writeFileSync(file, after)
    console.log(`${name} written`)
  }
}
