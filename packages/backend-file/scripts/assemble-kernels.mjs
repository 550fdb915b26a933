// Assembles the .wat files under src and puts each module into a folder `generated` beside it, so that the package
// needs neither an assembler nor a file at run time. `--check` writes nothing and exits 1 when one of those files is out of date.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import loadAssembler from 'wabt'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src')
const features = { simd: true, threads: true, bulk_memory: true }
const assembler = await loadAssembler()

function moduleOf(folder, name) {
  const source = join(sources, folder, `${name}.wat`)
  const parsed = assembler.parseWat(source, readFileSync(source, 'utf8'), features)
  parsed.validate(features)
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64')
  parsed.destroy()
  const constant = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
  return `// Generated from src/${folder}/${name}.wat by \`node scripts/assemble-kernels.mjs\`. Edit that file and run it again.

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

for (const path of readdirSync(sources, { recursive: true }).sort()) {
  if (!path.endsWith('.wat')) continue
  const [folder, name] = [dirname(path), basename(path, '.wat')]
  const target = join(sources, folder, `generated/${name}-bytes.ts`)
  const module = moduleOf(folder, name)
  // Left alone when it is right, so that a build does not make what depends on it look newer.
  if (currentText(target) === module) continue
  if (process.argv.includes('--check')) {
    console.error(`${target} is out of date: run node scripts/assemble-kernels.mjs`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, module)
  }
}
