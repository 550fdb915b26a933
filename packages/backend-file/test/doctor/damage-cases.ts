import type { DamageCase } from './damage-case.js'
import { inFiles } from './file-cases.js'
import { inJournals } from './journal-cases.js'
import { inRecords } from './record-cases.js'

/** Every damage that can be repaired, with each repair. */
export const damageCases: readonly DamageCase[] = [...inJournals, ...inFiles, ...inRecords]
