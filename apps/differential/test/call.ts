import type { MemoryBackend } from '@holdfast/core'
import { MemoryError } from '@holdfast/core'
import fc from 'fast-check'
import type { Model } from './model.js'
import { Refusal } from './refusal.js'
import type { Row } from './scoped-rows.js'

/** One call, as the model and as a backend take it. */
export interface Call {
  readonly name: string
  readonly args: readonly unknown[]
  model(model: Model): unknown
  backend(backend: MemoryBackend): Promise<unknown>
}

/** Options or fields of any name. */
export type Fields = Readonly<Record<string, unknown>>

type Arbitraries<T extends unknown[]> = { [K in keyof T]: fc.Arbitrary<T[K]> }

export function call<T extends unknown[]>(
  name: string,
  args: Arbitraries<T>,
  model: (model: Model, ...args: T) => unknown,
  backend: (backend: MemoryBackend, ...args: T) => Promise<unknown>,
): fc.Arbitrary<Call> {
  return fc.tuple<T>(...args).map((values) => ({
    name,
    args: values,
    model: (each) => model(each, ...values),
    backend: (each) => backend(each, ...values),
  }))
}

/** The call as it would stand in a program. */
export function textOf({ name, args }: Call): string {
  const texts = args.map((arg) => (isCall(arg) ? textOf(arg) : fc.stringify(arg)))
  return `${name}(${texts.join(', ')})`
}

function isCall(value: unknown): value is Call {
  return typeof value === 'object' && value !== null && 'model' in value && 'backend' in value
}

/** An argument that may be wrong on purpose, which the types of a backend forbid. */
export function given(value: unknown): never {
  return value as never
}

/** Options of which each is there or not. */
export function options(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Fields> {
  return fc.record(fields, { requiredKeys: [], noNullPrototype: true })
}

export function recordsOf<T>(rows: readonly Row<T>[]): readonly T[] {
  return rows.map(({ record }) => record)
}

/** What came of a call. An error counts by its code, a mistake of the caller by its kind. */
export type Outcome = { readonly value: unknown } | { readonly refused: string }

export function outcomeOfModel(operation: () => unknown): Outcome {
  try {
    return { value: operation() }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message }
    throw error
  }
}

export async function outcomeOf(operation: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await operation() }
  } catch (error) {
    if (error instanceof MemoryError) return { refused: error.code }
    if (error instanceof TypeError) return { refused: 'TypeError' }
    if (error instanceof RangeError) return { refused: 'RangeError' }
    throw error
  }
}
