// Assembles src/search/*.wat and puts each module into src/search/generated, so that the package needs neither an
// assembler nor a file at run time. `--check` writes nothing and exits 1 when one of those files is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import loadAssembler from 'wabt'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/search')
const features = { simd: true, threads: true, bulk_memory: true }
const assembler = await loadAssembler()

function moduleOf(name) {
  const source = join(folder, `${name}.wat`)
  const parsed = assembler.parseWat(source, readFileSync(source, 'utf8'), features)
  parsed.validate(features)
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64')
  parsed.destroy()
  const constant = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
  return `// Generated from src/search/${name}.wat by \`node scripts/assemble-kernels.mjs\`. Edit that file and run it again.

/** A WebAssembly module in base64. */
export const ${constant}Bytes =
  '${base64.replaceAll(/.{96}(?=.)/g, "$&' +\n  '")}'
`
}

function currentText(target) {
  try {
    return readFileSync(target, 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.wat')) continue
  const name = file.slice(0, -'.wat'.length)
  const target = join(folder, `generated/${name}-bytes.ts`)
  const module = moduleOf(name)
  // Left alone when it is right, so that a build does not make what depends on it look newer.
  if (currentText(target) === module) continue
  if (process.argv.includes('--check')) {
    console.error(`${target} is out of date: run node scripts/assemble-kernels.mjs`)
    process.exitCode = 1
  } else {
    writeFileSync(target, module)
  }
}
