import type { RecordKind } from '@holdfast/core'
import type { JournalOperation } from './journal-operation.js'

/** Numbers that stand in journals for good: none is ever given another meaning. */
export const operationCodes = { put: 1, delete: 2, overlay: 3, settings: 4 } as const satisfies Record<
  JournalOperation['type'],
  number
>

export const recordKindCodes = { nodes: 1, episodes: 2 } as const satisfies Record<RecordKind, number>

/** Which optional values an operation has. */
export const operationFlags = {
  tenant: 1,
  user: 2,
  vector: 4,
  cluster: 8,
  access: 16,
  accessed: 32,
  assignment: 64,
  label: 128,
  model: 256,
} as const

/** Stands for a number that is not there. */
export const absent = 0xffff_ffff
