import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { OtherProgramError } from './other-program-error.js'

/** Starts a program that does not outlive this process, however that ends. */
export function startProgram(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options)
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('close', () => process.off('exit', kill))
  return child
}

/**
 * Runs a program to its end.
 * @returns what it printed.
 * @throws {OtherProgramError} when it cannot be started or fails, with the last line of its complaint.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'shell'> = {},
): Promise<string> {
  const child = startProgram(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `it ended with ${signal ?? code}`))
  })
  if (child.stdout === null || child.stderr === null) throw new Error('a pipe was not made')
  const [printed, complaint, failure] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (failure !== undefined) throw new OtherProgramError(`${command}: ${complaintIn(complaint) ?? failure}`)
  return printed
}

/** What a program says at last: the message of an error that Node or Python shows, else the last line. */
export function complaintIn(complaint: string): string | undefined {
  const lines = complaint.split('\n').map((line) => line.trim())
  return (
    lines.findLast((line) => /^\w*(Error|Exception)\b.*: /.test(line)) ??
    lines.findLast((line) => line !== '')
  )
}
