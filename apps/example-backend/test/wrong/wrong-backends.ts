import type { WrongBackend } from './wrong-backend.js'
import { wrongChanges } from './wrong-changes.js'
import { wrongDeletes } from './wrong-deletes.js'
import { wrongIds } from './wrong-ids.js'
import { wrongIndexes } from './wrong-indexes.js'
import { wrongLimits } from './wrong-limits.js'
import { wrongMoments } from './wrong-moments.js'
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
  ...wrongIds,
  ...wrongMoments,
  ...wrongWords,
]

/** The name of the right one, which runs beside them. */
export const controlName = 'the right backend'
