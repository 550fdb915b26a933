/** Directories that this process writes to, by identity: the kernel does not keep two of our own opens apart for us. */
export class OpenDirectories {
  readonly #identities = new Set<string>()

  /** @returns false when it is taken. */
  claim(identity: string): boolean {
    if (this.#identities.has(identity)) return false
    this.#identities.add(identity)
    return true
  }

  release(identity: string): void {
    this.#identities.delete(identity)
  }
}
