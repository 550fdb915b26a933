import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Gives a folder that is gone afterwards: when the work is done, when it fails, and when a signal ends the program. */
export async function withTemporaryFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-quickstart-'))
  const leave = (signal: NodeJS.Signals) => {
    // The work goes on inside this process and would write into the folder again, so it ends here.
    rmSync(path, { recursive: true, force: true })
    process.exit(signal in exitCodes ? exitCodes[signal as keyof typeof exitCodes] : 1)
  }
  for (const signal of signals) process.on(signal, leave)
  try {
    return await work(path)
  } finally {
    for (const signal of signals) process.off(signal, leave)
    await rm(path, { recursive: true, force: true })
  }
}
