/** Exit codes of the database commands. 3 is what `pg_ctl status` uses for "not running". */
export const exitCodes = Object.freeze({ ok: 0, failed: 1, unavailable: 2, notRunning: 3 })

/** A failure with a message for the person at the terminal: printed without a stack trace. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {{ readonly exitCode?: number, readonly cause?: unknown }} [options]
   */
  constructor(message, { exitCode = exitCodes.failed, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

/**
 * Runs a command's body and turns what it returns or throws into the exit code of the process.
 *
 * @param {() => Promise<number>} body
 */
export async function runMain(body) {
  try {
    process.exitCode = await body()
  } catch (error) {
    if (error instanceof Failure) {
      process.stderr.write(`db: ${error.message}\n`)
      process.exitCode = error.exitCode
      return
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`db: ${text}\n`)
    process.exitCode = exitCodes.failed
  }
}
