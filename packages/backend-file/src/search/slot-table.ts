import { grown, signed32 } from '../records/growing-arrays.js'

/** Slots that an owner gets at once: enough for its vectors to lie together, few enough to waste little. */
const extentSlots = 16

interface OwnerSlots {
  readonly key: number
  /** Another one whenever one of its rows has lost its slot. */
  version: number
  /** First slots of its extents. */
  readonly extents: number[]
  /** Of these, the ones that hold nothing, lowest last. */
  readonly free: number[]
  used: number
  /** Searches that are going on. */
  holds: number
  /** To be dropped when the last of them has ended. */
  isStale: boolean
}

/**
 * Which row of an index has its vector's copy in which slot. Slots are handed out in extents that belong to one owner, so
 * that its copies lie together; when there are no more, the owner that was not searched for longest loses all of its own.
 */
export class SlotTable {
  #limit: number
  /** By row: one more than its slot, or 0. */
  #slotOfRow: Int32Array = new Int32Array(0)
  #rowOfSlot: Int32Array = new Int32Array(0)
  /** The one that was used last, when it is still there. */
  #last: OwnerSlots | undefined
  /** In the order of their last use. */
  readonly #owners = new Map<number, OwnerSlots>()
  readonly #ownerOfExtent: (OwnerSlots | undefined)[] = []
  readonly #freeExtents: number[] = []
  #lastVersion = 0
  #count = 0

  /** @param slots how many there are at most. */
  constructor(slots: number) {
    this.#limit = Math.floor(slots / extentSlots)
  }

  /** How many slots there are at most. */
  get slots(): number {
    return this.#limit * extentSlots
  }

  /** Rows that have a slot. */
  get count(): number {
    return this.#count
  }

  /** Slots that have ever been handed out lie below this. */
  get end(): number {
    return this.#ownerOfExtent.length * extentSlots
  }

  /** Another number whenever a row of the owner has lost its slot; 0 while none has one. */
  versionOf(key: number): number {
    const owner = this.#owners.get(key)
    return owner === undefined || owner.used === 0 ? 0 : owner.version
  }

  slotOf(row: number): number | undefined {
    const slot = this.#slotOfRow[row] ?? 0
    return slot === 0 ? undefined : slot - 1
  }

  rowOf(slot: number): number {
    return this.#rowOfSlot[slot] ?? -1
  }

  /** Hands out no slot from this one on any more. None of them may be a row's. */
  limitTo(slots: number): void {
    this.#limit = Math.min(this.#limit, Math.floor(slots / extentSlots))
    const end = this.#limit * extentSlots
    for (const owner of this.#ownerOfExtent.splice(this.#limit)) {
      if (owner === undefined) continue
      keepBelow(owner.extents, end)
      keepBelow(owner.free, end)
    }
    keepBelow(this.#freeExtents, this.#limit)
  }

  /** Keeps the slots of an owner until the same number of {@link release} calls: no other row gets them. */
  hold(key: number): void {
    this.#owner(key).holds += 1
  }

  release(key: number): void {
    const owner = this.#owners.get(key)
    if (owner === undefined) return
    owner.holds -= 1
    this.#dropIfOver(owner)
  }

  /** Holds all owners. @returns what releases them. */
  holdAll(): () => void {
    const keys = [...this.#owners.keys()]
    for (const key of keys) this.hold(key)
    return () => {
      for (const key of keys) this.release(key)
    }
  }

  isStale(key: number): boolean {
    return this.#owners.get(key)?.isStale === true
  }

  /** Makes room for so many more slots, and for rows below a number, so that none of it is copied again and again. */
  reserve(slots: number, rows: number): void {
    const end = Math.min(this.#limit * extentSlots, this.#count + slots + extentSlots)
    this.#rowOfSlot = grown(this.#rowOfSlot, end, signed32)
    this.#slotOfRow = grown(this.#slotOfRow, rows, signed32)
  }

  /** Gives a row a slot. @returns `undefined` when all are held by searches that are going on. */
  take(key: number, row: number): number | undefined {
    const owner = this.#last?.key === key ? this.#last : this.#owner(key)
    if (owner.free.length === 0 && !this.#extend(owner)) return undefined
    const slot = owner.free.pop()
    if (slot === undefined) return undefined
    owner.used += 1
    this.#count += 1
    this.#slotOfRow = grown(this.#slotOfRow, row + 1, signed32)
    this.#slotOfRow[row] = slot + 1
    this.#rowOfSlot[slot] = row
    return slot
  }

  /** These rows are no more, and their numbers will stand for others. */
  forget(rows: Iterable<number>): void {
    for (const row of rows) {
      const slot = this.slotOf(row)
      if (slot === undefined) continue
      this.#slotOfRow[row] = 0
      const owner = this.#ownerOfExtent[Math.floor(slot / extentSlots)]
      if (owner === undefined) continue
      owner.free.push(slot)
      owner.used -= 1
      this.#count -= 1
      owner.version = ++this.#lastVersion
      this.#dropIfOver(owner)
    }
  }

  /** Takes all slots from an owner, as soon as nobody holds them. */
  discard(key: number): void {
    const owner = this.#owners.get(key)
    if (owner === undefined) return
    owner.isStale = true
    this.#dropIfOver(owner)
  }

  #owner(key: number): OwnerSlots {
    const owner = this.#owners.get(key) ?? {
      key,
      version: ++this.#lastVersion,
      extents: [],
      free: [],
      used: 0,
      holds: 0,
      isStale: false,
    }
    this.#owners.delete(key)
    this.#owners.set(key, owner)
    this.#last = owner
    return owner
  }

  #extend(owner: OwnerSlots): boolean {
    const extent = this.#freeExtent()
    if (extent === undefined) return false
    this.#ownerOfExtent[extent] = owner
    const first = extent * extentSlots
    owner.extents.push(first)
    this.#rowOfSlot = grown(this.#rowOfSlot, first + extentSlots, signed32)
    for (let slot = first + extentSlots - 1; slot >= first; slot--) owner.free.push(slot)
    return true
  }

  #freeExtent(): number | undefined {
    const free = this.#freeExtents.pop()
    if (free !== undefined) return free
    if (this.#ownerOfExtent.length < this.#limit) return this.#ownerOfExtent.length
    for (const owner of this.#owners.values()) {
      if (owner.holds > 0 || owner.extents.length === 0) continue
      this.#drop(owner)
      return this.#freeExtents.pop()
    }
    return undefined
  }

  #dropIfOver(owner: OwnerSlots): void {
    if (owner.holds === 0 && (owner.used === 0 || owner.isStale)) this.#drop(owner)
  }

  /** Nobody may hold it. */
  #drop(owner: OwnerSlots): void {
    this.#owners.delete(owner.key)
    if (this.#last === owner) this.#last = undefined
    this.#count -= owner.used
    for (const first of owner.extents) {
      for (let slot = first; slot < first + extentSlots; slot++) {
        const row = this.rowOf(slot)
        if (this.slotOf(row) === slot) this.#slotOfRow[row] = 0
      }
      this.#ownerOfExtent[first / extentSlots] = undefined
      // One by one: those of a large owner are more than a call can have arguments.
      this.#freeExtents.push(first / extentSlots)
    }
    // The lowest is taken first, so that what is large lies together.
    this.#freeExtents.sort((a, b) => b - a)
  }
}

function keepBelow(numbers: number[], end: number): void {
  let kept = 0
  for (const each of numbers) if (each < end) numbers[kept++] = each
  numbers.length = kept
}
