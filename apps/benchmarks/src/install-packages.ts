import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './run-program.js'

/** What is installed together, for one thing to be compared with. */
export interface Packages {
  readonly name: string
  /** With their versions. */
  readonly packages: readonly string[]
  /** Whether optional dependencies are needed: for some, the prebuilt code of this machine is one. */
  readonly withOptional: boolean
}

/**
 * Installs packages into a folder of their own, without running anything that they bring: code that has to be built
 * here is missing afterwards, and the package says so when it is loaded.
 * @returns the folder.
 * @throws {OtherProgramError} when npm cannot do it.
 */
export async function installPackages(
  { name, packages, withOptional }: Packages,
  parent: string,
): Promise<string> {
  const folder = join(parent, `peer-${name}`)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', '--loglevel=error']
  await runProgram(
    'npm',
    ['install', ...options, ...(withOptional ? [] : ['--omit=optional']), ...packages],
    // On Windows npm is a script of the shell.
    { cwd: folder, shell: process.platform === 'win32' },
  )
  return folder
}
