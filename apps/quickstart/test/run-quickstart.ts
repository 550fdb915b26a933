import { type ChildProcess, execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** What is left in the folder for temporary files. */
  readonly leftovers: readonly string[]
}

/** Runs the built quickstart with a folder of its own for temporary files. */
export async function runQuickstart(
  args: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
  onOutput: (child: ChildProcess, text: string) => void = () => {},
): Promise<Run> {
  const temporary = await mkdtemp(join(tmpdir(), 'holdfast-quickstart-test-'))
  const { NO_COLOR: _, FORCE_COLOR: __, COLUMNS: ___, ...inherited } = process.env
  const env = { ...inherited, TMPDIR: temporary, ...variables }
  try {
    const run = await new Promise<Omit<Run, 'leftovers'>>((done) => {
      const child = execFile(process.execPath, [cli, ...args], { env }, (_error, stdout, stderr) =>
        done({ code: child.exitCode ?? -1, stdout, stderr }),
      )
      child.stdout?.on('data', (text: string) => onOutput(child, text))
    })
    return { ...run, leftovers: await readdir(temporary) }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
