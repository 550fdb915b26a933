import { onAbort } from '@holdfast/core'

/** What the work resolves to. @throws the signal's reason as soon as it is aborted; the work goes on then. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const off = onAbort(signal, () => reject(signal.reason))
    work.then(resolve, reject).finally(off)
  })
}
