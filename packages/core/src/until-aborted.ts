/**
 * What a source gives, until the signal is aborted. A source that does not answer then is let go of without waiting for
 * it; otherwise it is waited for, as by `for await`.
 * @throws the signal's reason, and what the source throws.
 */
export async function* untilAborted<T>(
  source: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const take = async () => iterator.next()
  const letGo = async () => {
    await iterator.return?.()
  }
  for (;;) {
    if (signal.aborted) {
      await letGo().catch(() => {})
      throw signal.reason
    }
    const item = await unlessAborted(take(), signal, () => letGo().catch(() => {}))
    if (item.done === true) return
    let isTaken = false
    try {
      yield await item.value
      isTaken = true
    } finally {
      if (!isTaken) await letGo()
    }
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, onAbort: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      onAbort()
      reject(signal.reason)
    }
    signal.addEventListener('abort', aborted, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}
