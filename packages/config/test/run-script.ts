import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The built package, which is what an application imports. */
export const builtConfig = new URL('../dist/index.js', import.meta.url).href
export const builtCore = new URL('../../core/dist/index.js', import.meta.url).href

export interface ScriptResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a module in a Node process of its own. */
export async function runScript(
  source: string,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<ScriptResult> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { exitCode, stdout, stderr }
}

export const repository = fileURLToPath(new URL('../../..', import.meta.url))
