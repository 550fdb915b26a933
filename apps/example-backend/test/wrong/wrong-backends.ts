import type { WrongBackend } from './wrong-backend.js'
import { wrongChanges } from './wrong-changes.js'
import { wrongDeletes } from './wrong-deletes.js'
import { wrongIndexes } from './wrong-indexes.js'
import { wrongLimits } from './wrong-limits.js'
import { wrongOwners } from './wrong-owners.js'
import { wrongReads } from './wrong-reads.js'
import { wrongScopes } from './wrong-scopes.js'
import { wrongUpdates } from './wrong-updates.js'
import { wrongWords } from './wrong-words.js'
import { wrongWrites } from './wrong-writes.js'

/** All backends that the suite must refuse. */
export const wrongBackends: readonly WrongBackend[] = [
  ...wrongScopes,
  ...wrongOwners,
  ...wrongWrites,
  ...wrongUpdates,
  ...wrongChanges,
  ...wrongDeletes,
  ...wrongReads,
  ...wrongLimits,
  ...wrongIndexes,
  ...wrongWords,
]

/** The name of the right one, which runs beside them. */
export const controlName = 'the right backend'
