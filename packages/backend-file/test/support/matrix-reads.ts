import { FaultyFileSystem } from './faulty-file-system.js'

/** The real disk, which takes note of what is read of `vectors/nodes.npy`. */
export class MatrixReads {
  readonly files = new FaultyFileSystem()
  /** Offset and length of each read since {@link forget}. */
  readonly ranges: (readonly [offset: number, length: number])[] = []

  constructor() {
    const { open } = this.files
    this.files.open = async (path, ...rest) => {
      const file = await open(path, ...rest)
      if (!path.endsWith('nodes.npy')) return file
      return {
        ...file,
        read: (into, position) => {
          this.ranges.push([position, into.length])
          return file.read(into, position)
        },
      }
    }
  }

  get bytes(): number {
    return this.ranges.reduce((sum, [, length]) => sum + length, 0)
  }

  /** Which rows of so many bytes, behind a head of 128 bytes, were read. */
  rows(rowBytes: number): readonly number[] {
    const rows = new Set<number>()
    for (const [offset, length] of this.ranges) {
      for (let at = offset; at < offset + length; at += rowBytes) rows.add((at - 128) / rowBytes)
    }
    return [...rows].sort((a, b) => a - b)
  }

  forget(): void {
    this.ranges.length = 0
  }
}
