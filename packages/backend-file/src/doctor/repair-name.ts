/**
 * What `repairDirectory` can be asked for, in the order in which it is done.
 *
 * `rebuild-commit`: writes a damaged `commit.json` anew from the files that it had made ready. `drop-commit`: takes
 * back a publication that cannot be finished and is not needed. `cut-base`: cuts the files that a killed Python process
 * left half written back to the records that are whole. `reset-record`: sets a damaged or lost `store.json` aside, for
 * its copy when that describes these very files, else for none. `cut-journal`: ends the journals before the first
 * damage. `restore`: puts back the files as they were last published. `adopt`: goes on from the files as they are.
 */
export const repairNames = [
  'rebuild-commit',
  'drop-commit',
  'cut-base',
  'reset-record',
  'cut-journal',
  'restore',
  'adopt',
] as const

export type RepairName = (typeof repairNames)[number]
