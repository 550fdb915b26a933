import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

export interface CliResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Told everything that is written to stderr, with a way to send a signal. */
  readonly onStderr?: (written: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs the built command line in a process of its own. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  child.stderr.on('data', (chunk: Buffer) =>
    options.onStderr?.(String(chunk), (signal) => child.kill(signal)),
  )
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { exitCode, stdout, stderr }
}

/** Runs a command with `--json` and reads its document. */
export async function runJson(args: readonly string[], options?: CliOptions) {
  const { exitCode, stdout } = await runCli([...args, '--json'], options)
  return { exitCode, document: JSON.parse(stdout) as Readonly<Record<string, unknown>> }
}
