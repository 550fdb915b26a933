import { fileURLToPath } from 'node:url'
import { OtherProgramError } from '../other-program-error.js'
import { runProgram } from '../run-program.js'

/** One of the scripts that do what the Python system does. */
export function pythonScript(name: 'search' | 'load'): string {
  return fileURLToPath(new URL(`../../python/${name}.py`, import.meta.url))
}

/**
 * A Python that has NumPy: what `PYTHON` names, or else the system's own.
 * @throws {OtherProgramError} when there is none.
 */
export async function findPython(): Promise<string> {
  const named = process.env.PYTHON
  for (const command of named === undefined ? ['/usr/bin/python3', 'python3'] : [named]) {
    try {
      await runProgram(command, ['-c', 'import numpy'])
      return command
    } catch (error) {
      if (!(error instanceof OtherProgramError)) throw error
    }
  }
  throw new OtherProgramError(`${named ?? 'python3'} cannot be run or has no NumPy; name one in PYTHON`)
}
