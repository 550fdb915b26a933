import { type Owner, ownerKey } from '@holdfast/core'

/** Owners by number: a store has far fewer owners than records, and equal ones share one object. */
export class OwnerTable {
  readonly #owners: Owner[] = []
  readonly #known = new Map<string, number>()
  readonly #keys: string[] = []
  readonly #keyNumbers = new Map<string, number>()
  /** Of each owner, the number of its key. */
  readonly #keyOf: number[] = []

  get all(): readonly Owner[] {
    return this.#owners
  }

  intern(owner: Owner): number {
    const name = `${owner.tenantId?.length ?? -1}:${owner.tenantId ?? ''}:${owner.userId ?? '\0'}`
    let number = this.#known.get(name)
    if (number === undefined) {
      number = this.#owners.push(owner) - 1
      this.#known.set(name, number)
      this.#keyOf.push(this.#internKey(ownerKey(owner)))
    }
    return number
  }

  /** `undefined` for −1, which stands for no owner. */
  owner(number: number): Owner | undefined {
    return this.#owners[number]
  }

  key(number: number): string | undefined {
    return this.#keys[this.keyNumber(number)]
  }

  /** The same for owners with the same key. −1 for no owner. */
  keyNumber(number: number): number {
    return this.#keyOf[number] ?? -1
  }

  findKey(key: string): number | undefined {
    return this.#keyNumbers.get(key)
  }

  #internKey(key: string): number {
    let number = this.#keyNumbers.get(key)
    if (number === undefined) {
      number = this.#keys.push(key) - 1
      this.#keyNumbers.set(key, number)
    }
    return number
  }
}
