/** Values by number: few that many rows have. */
export class InternedValues<T> {
  readonly #numbers = new Map<string, number>()
  readonly #values: T[] = []
  #characters = 0

  /** Of all names. */
  get characters(): number {
    return this.#characters
  }

  /** @param name equal for equal values. */
  intern(name: string, value: () => T): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#values.push(value()) - 1
    this.#numbers.set(name, number)
    this.#characters += name.length
    return number
  }

  /** Tests values by their numbers, each once. @param passes everything does without one. */
  test(passes: ((value: T) => boolean) | undefined): (number: number) => boolean {
    if (passes === undefined) return () => true
    const known: (boolean | undefined)[] = []
    return (number) => {
      let passed = known[number]
      if (passed === undefined) {
        const value = this.#values[number]
        passed = value !== undefined && passes(value)
        known[number] = passed
      }
      return passed
    }
  }
}
