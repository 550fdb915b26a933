import { type FileHandle, open } from 'node:fs/promises'

/** What the disk itself takes for an append: the least that a durable write can cost. */
export class RawFile implements AsyncDisposable {
  readonly #handle: FileHandle

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async create(path: string): Promise<RawFile> {
    return new RawFile(await open(path, 'ax'))
  }

  /** Resolves when the bytes are on the disk. */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#handle.appendFile(bytes)
    await this.#handle.datasync()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close()
  }
}
