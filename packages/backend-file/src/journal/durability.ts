/**
 * What an acknowledged write survives. `full`: a power cut. `normal`: the end of the process at any moment; a power cut
 * may take the last 100 ms, as a whole and never a part in the middle. `off`: the end of the process; a power cut may
 * damage the store.
 */
export const durabilityModes = ['full', 'normal', 'off'] as const
export type Durability = (typeof durabilityModes)[number]

/** Milliseconds that pass at most before an acknowledged write is synced in the mode `normal`. */
export const syncInterval = 100

/** Runs something later and gives back what prevents it. */
export type Schedule = (milliseconds: number, run: () => void) => () => void

export const scheduleWithTimer: Schedule = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds)
  return () => clearTimeout(timer)
}
