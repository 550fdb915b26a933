import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../../run-program.js'
import type { Peer } from './peers.js'

/**
 * Installs a peer into a folder of its own, without running anything that it brings: code that has to be built here is
 * missing afterwards, and the peer says so when it is loaded.
 * @returns the folder.
 * @throws {OtherProgramError} when npm cannot do it.
 */
export async function installPeer({ name, packages, withOptional }: Peer, parent: string): Promise<string> {
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
