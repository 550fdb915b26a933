import { spawnSync } from 'node:child_process'

const candidates = [process.env.PYTHON, '/usr/bin/python3', 'python3'].filter((name) => name !== undefined)

/** A Python that has NumPy, if there is one on this machine. */
export const python = candidates.find(
  (command) => spawnSync(command, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0,
)

/** Runs a program and gives back what it printed. */
export function runPython(program: string, ...args: readonly string[]): Buffer {
  if (python === undefined) throw new Error('there is no Python with NumPy')
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], { maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`python: ${stderr.toString()}`)
  return stdout
}
