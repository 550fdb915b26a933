import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RunnerEvent } from './runner-event.js'

const child = fileURLToPath(new URL('child.js', import.meta.url))

export interface ChildRequest {
  /** Absolute path of the module that exports the harness. */
  readonly file: string
  /** `list` only says what there is to test. */
  readonly mode: 'run' | 'list'
}

/**
 * Runs the tests in a process of their own and hands on what it tells. What the backend prints goes to standard error.
 * @returns how the process ended when it did so before it was done: a crash, a `process.exit` in the backend.
 */
export function runChild(
  { file, mode }: ChildRequest,
  onEvent: (event: RunnerEvent) => void,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const running = fork(child, [file, mode], {
      execArgv: [...process.execArgv, '--conditions=holdfast-runner'],
      stdio: ['ignore', 2, 2, 'ipc'],
      // Vectors, bigints and undefined within what was expected stay what they are.
      serialization: 'advanced',
    })
    running.on('message', (event: RunnerEvent) => {
      isOver ||= event.type === 'done' || event.type === 'unusable'
      onEvent(event)
    })
    running.on('error', reject)
    running.on('close', (code, signal) => {
      resolve(isOver ? undefined : `the process that ran the tests ended with ${signal ?? `code ${code}`}`)
    })
  })
}
