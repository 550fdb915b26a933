import type { StoredFile } from '../disk/stored-file.js'
import { grown, units16 } from './growing-arrays.js'

/** Of a row whose content is nowhere. */
const none = 0
const maxFiles = 1 << 16

/**
 * In which file the content of each row is, as two bytes a row: thousands of rows lie in one of a few files. A file that
 * no row is in any more may be held until numbers run short.
 */
export class FileColumn {
  #numbers: Uint16Array = new Uint16Array(0)
  #files: (StoredFile | undefined)[] = [undefined]
  #numberOf = new Map<StoredFile, number>()

  /** The rows 0, 1, 2 … are in this file. */
  static of(file: StoredFile | undefined, rows: number): FileColumn {
    const column = new FileColumn()
    column.#numbers = new Uint16Array(rows).fill(column.#number(file))
    return column
  }

  get(row: number): StoredFile | undefined {
    return this.#files[this.#numbers[row] ?? none]
  }

  has(row: number): boolean {
    return (this.#numbers[row] ?? none) !== none
  }

  set(row: number, file: StoredFile | undefined): void {
    const number = this.#number(file)
    this.#numbers = grown(this.#numbers, row + 1, units16)
    this.#numbers[row] = number
  }

  /** @throws {RangeError} for more files at once than a process can have open. */
  #number(file: StoredFile | undefined): number {
    if (file === undefined) return none
    const known = this.#numberOf.get(file)
    if (known !== undefined) return known
    if (this.#files.length === maxFiles) this.#forgetUnused()
    const number = this.#files.length
    if (number === maxFiles) throw new RangeError(`records lie in more than ${maxFiles - 1} files`)
    this.#files.push(file)
    this.#numberOf.set(file, number)
    return number
  }

  #forgetUnused(): void {
    const before = this.#files
    const newNumbers = new Map<number, number>([[none, none]])
    this.#files = [undefined]
    this.#numberOf = new Map()
    for (let row = 0; row < this.#numbers.length; row++) {
      const old = this.#numbers[row] ?? none
      let number = newNumbers.get(old)
      if (number === undefined) {
        number = this.#number(before[old])
        newNumbers.set(old, number)
      }
      this.#numbers[row] = number
    }
  }
}
