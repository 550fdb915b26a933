import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The signals that end a program, with the exit code that shells give them. */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Gives a folder that is gone afterwards: when the work is done, when it fails, and however the program ends. */
export async function withTemporaryFolder<T>(parent: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(parent, 'holdfast-bench-'))
  // A write that is still under way in another thread may put a file in while we remove.
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  const handlers = Object.entries(signals).map(([signal, code]) => ({
    signal,
    leave: () => process.exit(code),
  }))
  process.on('exit', remove)
  for (const { signal, leave } of handlers) process.on(signal, leave)
  try {
    return await work(path)
  } finally {
    for (const { signal, leave } of handlers) process.off(signal, leave)
    process.off('exit', remove)
    await rm(path, { recursive: true, force: true })
  }
}
