/** What a migration is doing: reading through the source, writing the target, or comparing the two. */
export const migrationPhases = ['survey', 'copy', 'verify'] as const
export type MigrationPhase = (typeof migrationPhases)[number]

/** Told after every batch, and once at the beginning of a phase with `done` 0. */
export interface MigrationProgress {
  readonly phase: MigrationPhase
  /** Records done in this phase, nodes and episodes together. */
  readonly done: number
  /** Records there are; `undefined` while nobody has counted them yet. */
  readonly total: number | undefined
}

/** Where progress is told. It is called between batches and must not throw. */
export type OnProgress = (progress: MigrationProgress) => void
