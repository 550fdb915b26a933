import type { ErrorCode } from '@holdfast/core'
import { expect } from '#test'

type Rejected = { readonly error: unknown } | undefined

/** Expects an operation to reject with a `MemoryError` of this code. Texts are not looked at. */
export async function expectCode(
  code: ErrorCode,
  operation: () => Promise<unknown>,
  what = code as string,
): Promise<void> {
  const error = await errorOf(operation, what)
  expect(error, what).toBeInstanceOf(Error)
  expect(error, `${what}: ${String(error)}`).toHaveProperty('code', code)
}

/** Expects a `TypeError` or `RangeError`, which tell of a mistake in the calling program and carry no code of ours. */
export async function expectMistake(
  kind: typeof TypeError | typeof RangeError,
  operation: () => Promise<unknown>,
  what: string = kind.name,
): Promise<void> {
  expect(await errorOf(operation, what), what).toBeInstanceOf(kind)
}

/** Expects an operation to reject with exactly this value. */
export async function expectReason(
  reason: unknown,
  operation: () => Promise<unknown>,
  what = 'reason',
): Promise<void> {
  expect(await errorOf(operation, what), what).toBe(reason)
}

async function errorOf(operation: () => Promise<unknown>, what: string): Promise<unknown> {
  const rejected: Rejected = await (async () => operation())().then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  expect(rejected, `${what}: the operation was expected to reject`).toBeDefined()
  return rejected?.error
}
