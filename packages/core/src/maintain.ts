import { checkFinite, checkInteger, checkOptions } from './check-arguments.js'
import type { Owner } from './owner.js'
import type { CallOptions } from './requests.js'

/** What `admin.maintain` is doing, told before each step. */
export interface MaintainProgress {
  readonly step: 'survey' | 'build' | 'check' | 'drop' | 'analyze'
  /** Whose index it is; `undefined` where a step is not about one owner. */
  readonly owner: Owner | undefined
  /** Steps on indexes so far, and in all. */
  readonly done: number
  readonly total: number
}

export interface MaintainOptions extends CallOptions {
  /** Vectors from which on an owner gets an index of its own. Default 20,000; half as many keep one. */
  readonly minRows?: number
  /** Share of the true nearest that a new index must find in the check, 0 to 1. Default 0.95. */
  readonly minRecall?: number
  /** Indexes that there are at most, the largest owners first: each one costs every write a little. Default 64. */
  readonly maxIndexes?: number
  readonly onProgress?: (progress: MaintainProgress) => void
}

/** What became of one owner's index. */
export interface OwnerIndexReport {
  /** `undefined` for an index that belongs to nobody who is known. */
  readonly owner: Owner | undefined
  readonly kind: 'nodes' | 'episodes'
  /** `refused`: built, found too little in the check, and dropped again. */
  readonly action: 'built' | 'kept' | 'dropped' | 'refused'
  /** Vectors that the owner has. */
  readonly rows: number
  /** Share of the true nearest that it found when it was built; `undefined` for one that was dropped. */
  readonly recall: number | undefined
  /** What the building took; 0 where nothing was built. */
  readonly seconds: number
  /** Why, in words. */
  readonly reason: string
}

/** What `admin.maintain` did. */
export interface MaintainReport {
  readonly indexes: readonly OwnerIndexReport[]
}

/** What a backend gets: checked, with every default filled in. */
export interface ResolvedMaintain {
  readonly minRows: number
  readonly minRecall: number
  readonly maxIndexes: number
  readonly onProgress: (progress: MaintainProgress) => void
}

/** @throws {TypeError|RangeError} for an unknown option, a wrong type or a value out of bounds. */
export function resolveMaintain(options: MaintainOptions): ResolvedMaintain {
  checkOptions(options, ['minRows', 'minRecall', 'maxIndexes', 'onProgress', 'signal'])
  const { minRows = 20_000, minRecall = 0.95, maxIndexes = 64, onProgress = () => {} } = options
  if (typeof onProgress !== 'function') throw new TypeError('onProgress must be a function')
  const share = checkFinite(minRecall, 'minRecall')
  if (share < 0 || share > 1) throw new RangeError(`minRecall must be 0 to 1, not ${share}`)
  return {
    minRows: checkInteger(minRows, 'minRows', 1),
    minRecall: share,
    maxIndexes: checkInteger(maxIndexes, 'maxIndexes', 0, 1000),
    onProgress,
  }
}
