// Assembles src/search/scan-rows.wat and puts it into src/search/generated/scan-rows-bytes.ts, so that the package
// needs neither an assembler nor a file at run time. `--check` exits 1 when that file is out of date.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import loadAssembler from 'wabt'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/search')
const source = join(folder, 'scan-rows.wat')
const target = join(folder, 'generated/scan-rows-bytes.ts')
const features = { simd: true, threads: true }

const assembler = await loadAssembler()
const parsed = assembler.parseWat(source, readFileSync(source, 'utf8'), features)
parsed.validate(features)
const bytes = Buffer.from(parsed.toBinary({}).buffer)
parsed.destroy()

const module = `// Generated from src/search/scan-rows.wat by \`node scripts/assemble-kernel.mjs\`. Edit that file and run it again.

/** The WebAssembly module of the scan kernel, in base64. */
export const scanRowsBytes =
  '${bytes.toString('base64').replaceAll(/.{96}(?=.)/g, "$&' +\n  '")}'
`

let current
try {
  current = readFileSync(target, 'utf8')
} catch (error) {
  if (error.code !== 'ENOENT') throw error
}
// Left alone when it is right, so that a build does not make what depends on it look newer.
if (current !== module) {
  if (process.argv.includes('--check')) {
    console.error(
      'src/search/generated/scan-rows-bytes.ts is out of date: run node scripts/assemble-kernel.mjs',
    )
    process.exitCode = 1
  } else {
    writeFileSync(target, module)
  }
}
