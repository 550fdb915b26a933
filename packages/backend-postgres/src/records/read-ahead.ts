/** Something that is read once, when it is asked for or before. */
export class ReadAhead<T> {
  readonly #read: () => T
  #value: { readonly of: T } | undefined

  constructor(read: () => T) {
    this.#read = read
  }

  /** Reads it while there is time. What is wrong with it concerns only who asks for it. */
  prepare(): void {
    try {
      this.#value ??= { of: this.#read() }
    } catch {
      // `get` says so.
    }
  }

  get(): T {
    this.#value ??= { of: this.#read() }
    return this.#value.of
  }
}
