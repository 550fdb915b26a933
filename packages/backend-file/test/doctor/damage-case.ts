import type { FindingCode, RepairName } from '../../src/index.js'

/** A store that is damaged, and how it is repaired. */
export interface DamageCase {
  readonly name: string
  /** Makes the damaged store. */
  readonly make: (dataDir: string) => Promise<void>
  readonly finding: FindingCode
  /** What an open says before. */
  readonly refusal: 'CORRUPT' | 'FOREIGN_BASE'
  readonly repairs: readonly RepairName[]
  /** What the store shows afterwards: see `showStore`. */
  readonly after: string
  /** Files, as patterns of their paths, whose damaged content must be in quarantine. */
  readonly kept: readonly RegExp[]
  /** What the message of the finding says. */
  readonly says?: RegExp
}
