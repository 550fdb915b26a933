import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const installed = join(packageFolder, 'node_modules')
const run = promisify(execFile)

/** A folder with the built package and only those others that are named, as npm would have put them there. */
export class ConsumerFolder {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** `linked` packages find their own dependencies; `copied` ones find only what is in the folder. */
  static async create(linked: readonly string[], copied: readonly string[] = []): Promise<ConsumerFolder> {
    const path = await mkdtemp(join(tmpdir(), 'holdfast-consumer-'))
    const modules = join(path, 'node_modules')
    const own = join(modules, '@holdfast/retrieval')
    await cp(join(packageFolder, 'dist'), join(own, 'dist'), { recursive: true })
    await cp(join(packageFolder, 'package.json'), join(own, 'package.json'))
    for (const name of ['@holdfast/core', 'p-retry', 'zod', ...linked]) {
      await mkdir(dirname(join(modules, name)), { recursive: true })
      await symlink(await realpath(join(installed, name)), join(modules, name))
    }
    for (const name of copied) {
      await cp(await realpath(join(installed, name)), join(modules, name), { recursive: true })
    }
    return new ConsumerFolder(path)
  }

  /** Runs a module and gives what it wrote to stdout. */
  async run(source: string): Promise<string> {
    const script = join(this.#path, 'script.mjs')
    await writeFile(script, source)
    // pnpm may have set NODE_PATH, which would make packages of this repository appear.
    const { NODE_PATH: _, ...env } = process.env
    const { stdout } = await run(process.execPath, [script], { cwd: this.#path, env })
    return stdout
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true })
  }
}
