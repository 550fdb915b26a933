/** An int8 row is not the copy of its vector: the copies are to be made anew. */
export class StaleRowError extends Error {
  readonly row: number

  constructor(row: number) {
    super(`the int8 copy of row ${row} is not that of its vector`)
    this.name = 'StaleRowError'
    this.row = row
  }
}
