const fatalEvents = ['uncaughtException', 'unhandledRejection'] as const

/**
 * Runs `load` and takes away the process-wide error listeners that code of `packageName` adds meanwhile, and only
 * those: WebAssembly glue made by Emscripten adds them when it starts, and they would decide how the whole
 * application dies. Listeners that anybody else adds at the same time stay.
 */
export async function withoutFatalListenersOf<T>(packageName: string, load: () => Promise<T>): Promise<T> {
  const added: { readonly event: string | symbol; readonly listener: (...args: unknown[]) => void }[] = []
  const watch = (event: string | symbol, listener: (...args: unknown[]) => void) => {
    const isFatal = fatalEvents.some((name) => name === event)
    if (isFatal && callers().some((frame) => frame.includes(`/${packageName}/`)))
      added.push({ event, listener })
  }
  process.on('newListener', watch)
  try {
    return await load()
  } finally {
    process.off('newListener', watch)
    for (const { event, listener } of added) process.off(event, listener)
  }
}

/** The frames of the call that adds a listener. It is synchronous, so the code that adds it is among them. */
function callers(): readonly string[] {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 20
  const stack = new Error().stack
  Error.stackTraceLimit = limit
  return (stack ?? '').replaceAll('\\', '/').split('\n')
}
