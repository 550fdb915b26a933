/** Small: a write copies each page that it touches, and most files of the tests have no more than a few. */
const pageSize = 512
const zeroPage = new Uint8Array(pageSize)

/** The content of a file as a value: a change makes a new one, which shares every page that it does not touch. */
export class PagedBytes {
  static readonly empty = new PagedBytes([], 0)
  readonly size: number
  readonly #pages: readonly Uint8Array[]

  private constructor(pages: readonly Uint8Array[], size: number) {
    this.#pages = pages
    this.size = size
  }

  /** A gap before `position` is filled with zeros. */
  write(bytes: Uint8Array, position: number): PagedBytes {
    if (bytes.length === 0) return this
    const size = Math.max(this.size, position + bytes.length)
    const pages = this.#pages.slice()
    while (pages.length * pageSize < size) pages.push(zeroPage)
    for (let done = 0; done < bytes.length; ) {
      const at = position + done
      const index = Math.floor(at / pageSize)
      const offset = at % pageSize
      const part = bytes.subarray(done, done + pageSize - offset)
      const page = (pages[index] ?? zeroPage).slice()
      page.set(part, offset)
      pages[index] = page
      done += part.length
    }
    return new PagedBytes(pages, size)
  }

  truncate(size: number): PagedBytes {
    if (size >= this.size) {
      const missing = Math.ceil(size / pageSize) - this.#pages.length
      return new PagedBytes([...this.#pages, ...Array<Uint8Array>(Math.max(0, missing)).fill(zeroPage)], size)
    }
    const pages = this.#pages.slice(0, Math.ceil(size / pageSize))
    const last = pages.at(-1)
    // What is cut off must read as zeros when the file grows again.
    if (last !== undefined && size % pageSize > 0) {
      pages[pages.length - 1] = last.slice().fill(0, size % pageSize)
    }
    return new PagedBytes(pages, size)
  }

  /** @returns how many bytes there were. */
  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.size - position))
    for (let done = 0; done < length; ) {
      const at = position + done
      const offset = at % pageSize
      const part = Math.min(length - done, pageSize - offset)
      into.set((this.#pages[Math.floor(at / pageSize)] ?? zeroPage).subarray(offset, offset + part), done)
      done += part
    }
    return length
  }

  all(): Uint8Array {
    const bytes = new Uint8Array(this.size)
    this.read(bytes, 0)
    return bytes
  }
}
