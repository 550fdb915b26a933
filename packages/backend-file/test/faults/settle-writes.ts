import type { Operation } from './random-history.js'
import type { StoreModel } from './store-model.js'
import { type StoreState, stateOf } from './store-state.js'

/** What is known after a look at a store. */
export interface Settled {
  /** All that certainly is in it. */
  readonly model: StoreModel
  /** What may still appear, because its writer died before it was said to be durable. */
  readonly unknown: readonly Operation[]
  /** How many of the unknown ones were there. */
  readonly survived: number
}

/**
 * Finds the operations of `unknown` that are in a store. They are on different records, so each may be there or not,
 * whole; everything in `model` must be there and nothing else may be.
 * @throws {Error} when no choice of them explains what was seen.
 */
export function settle(model: StoreModel, unknown: readonly Operation[], seen: StoreState): Settled {
  const text = seen.join('\n')
  for (const choice of choices(unknown.length)) {
    const candidate = model.copy()
    unknown.forEach((operation, index) => {
      if (choice & (1 << index)) candidate.apply(operation)
    })
    if (stateOf(candidate).join('\n') !== text) continue
    const left = unknown.filter((_, index) => !(choice & (1 << index)))
    return { model: candidate, unknown: left, survived: unknown.length - left.length }
  }
  const unfinished = unknown.map((operation) => JSON.stringify(operation).slice(0, 200)).join('\n  ')
  throw new Error(
    `no choice of the unfinished\n  ${unfinished}\nexplains the store: ${difference(stateOf(model), seen)}`,
  )
}

/** Sets of bits, small sets first: an operation that changes nothing is never counted as done. */
function choices(bits: number): readonly number[] {
  const size = (set: number) => set.toString(2).replaceAll('0', '').length
  return Array.from({ length: 2 ** bits }, (_, set) => set).sort((a, b) => size(a) - size(b) || a - b)
}

function difference(expected: StoreState, seen: StoreState): string {
  const [known, found] = [new Set(expected), new Set(seen)]
  const short = (lines: readonly string[]) => lines.map((line) => line.slice(0, 200)).join('\n  ')
  const missing = short(expected.filter((line) => !found.has(line)))
  const added = short(seen.filter((line) => !known.has(line)))
  return `missing\n  ${missing}\nnot expected\n  ${added}\n(${expected.length} expected, ${seen.length} seen)`
}
