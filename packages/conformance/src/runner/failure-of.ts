import { stripVTControlCharacters } from 'node:util'
import { processError } from '@vitest/utils/error'
import type { Failure } from './runner-event.js'

/** An error as plain texts, with the difference that an assertion found. */
export function failureOf(error: unknown): Failure {
  const { name, message, stack, diff } = processError(error)
  const text = typeof error === 'object' && error !== null ? `${name ?? 'Error'}: ${message}` : String(error)
  return {
    message: plain(text),
    stack: framesOf(stack),
    diff: typeof diff === 'string' ? plain(diff) : undefined,
  }
}

/** The frames of a stack without the message above them. */
function framesOf(stack: string | undefined): string | undefined {
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return frames?.join('\n')
}

/** Without colours, and without whatever a backend's texts may hold that a terminal obeys. */
function plain(text: string): string {
  return stripVTControlCharacters(text)
}
