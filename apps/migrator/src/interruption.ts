/** The reason of the signal that Ctrl+C aborts. */
export class Interruption extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interruption'
  }
}

/**
 * Runs a command with a signal that Ctrl+C aborts, so that it can stop between two batches. A second Ctrl+C ends the
 * process at once, as ever.
 */
export async function interruptible<T>(command: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const interrupt = () => controller.abort(new Interruption())
  process.once('SIGINT', interrupt)
  try {
    return await command(controller.signal)
  } finally {
    process.removeListener('SIGINT', interrupt)
  }
}
