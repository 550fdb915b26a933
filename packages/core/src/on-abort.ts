interface Listeners {
  readonly calls: Set<() => void>
  readonly heard: () => void
}

const known = new WeakMap<AbortSignal, Listeners>()

/**
 * Calls `listener` once when the signal is aborted, never when it already is. Many calls with the same signal need one
 * listener of it together: Node warns of more than ten, as if they had been forgotten.
 * @returns what takes it back.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined || signal.aborted) return () => {}
  const { calls, heard } = known.get(signal) ?? listenTo(signal)
  // The same function may be given twice.
  const call = () => listener()
  calls.add(call)
  return () => {
    if (!calls.delete(call) || calls.size > 0) return
    known.delete(signal)
    signal.removeEventListener('abort', heard)
  }
}

function listenTo(signal: AbortSignal): Listeners {
  const calls = new Set<() => void>()
  const heard = () => {
    known.delete(signal)
    for (const call of calls) call()
  }
  signal.addEventListener('abort', heard, { once: true })
  const listeners = { calls, heard }
  known.set(signal, listeners)
  return listeners
}
