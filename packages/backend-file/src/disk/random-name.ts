import { randomBytes } from 'node:crypto'

/** A name that nobody can foresee, so that nobody can have put something there. */
export function randomName(): string {
  return randomBytes(12).toString('hex')
}
