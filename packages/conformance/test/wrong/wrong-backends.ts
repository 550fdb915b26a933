import type { WrongBackend } from './wrong-backend.js'
import { wrongChanges } from './wrong-changes.js'
import { wrongReads } from './wrong-reads.js'
import { wrongScopes } from './wrong-scopes.js'
import { wrongWords } from './wrong-words.js'
import { wrongWrites } from './wrong-writes.js'

/** All backends that the suite must refuse. */
export const wrongBackends: readonly WrongBackend[] = [
  ...wrongScopes,
  ...wrongWrites,
  ...wrongReads,
  ...wrongWords,
  ...wrongChanges,
]

/** The name of the right one, which runs beside them. */
export const controlName = 'the reference backend'
