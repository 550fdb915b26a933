import { MemoryError } from '@holdfast/core'
import type { FileBackend } from '../../src/index.js'
import type { CommitTrace } from '../simulated-disk/commit-trace.js'
import type { Write } from './tiny-writes.js'

/**
 * `together`: calls of the same moment; `compact` is one of them. `reopen`: closes before. `abandon`: opens again
 * without closing, as after the end of the process.
 */
export type Step = { readonly together: readonly (Write | 'compact')[] } | 'reopen' | 'abandon'

export interface History {
  readonly name: string
  readonly steps: readonly Step[]
}

/** The writes of a history in the order of their calls. A commit is known by its place there. */
export function writesOf(steps: readonly Step[]): readonly Write[] {
  return steps.flatMap((step) =>
    typeof step === 'string' ? [] : step.together.filter((call) => call !== 'compact'),
  )
}

/** A process that has opened a store. */
export interface Session {
  readonly backend: FileBackend
  /** Ends the process: nothing that it has begun goes on. */
  readonly kill: () => void
}

export interface HistoryRun {
  /** Rejects when the store cannot be opened. */
  readonly open: () => Promise<Session>
  readonly trace: Pick<CommitTrace<number>, 'run'>
  /** Told of everything that fails, in what, and with which session. */
  readonly onFailure?: (
    error: unknown,
    call: 'open' | 'write' | 'compact' | 'close',
    session?: Session,
  ) => void
  /** Called when a step is over, and its session still open. */
  readonly afterStep?: (session: Session) => Promise<void>
  /** Takes over what is open when all steps are over, if there is something. Otherwise it is closed. */
  readonly atEnd?: (session: Session | undefined) => Promise<void>
}

/** Runs the steps one after the other, opening the store anew when it has failed for good. Never rejects. */
export async function runHistory(
  steps: readonly Step[],
  { open, trace, onFailure, afterStep, atEnd }: HistoryRun,
): Promise<void> {
  let session: Session | undefined
  let commit = 0
  const tryOpen = () =>
    open().catch((error: unknown) => {
      onFailure?.(error, 'open')
      return undefined
    })
  const close = async () => {
    const closed = session
    session = undefined
    await closed?.backend.close().catch((error: unknown) => {
      onFailure?.(error, 'close', closed)
      closed.kill()
    })
  }
  for (const step of steps) {
    if (step === 'abandon') {
      session?.kill()
      session = undefined
      continue
    }
    if (step === 'reopen') {
      await close()
      continue
    }
    const first = commit
    commit += writesOf([step]).length
    // A fault may have passed by the second time.
    session ??= (await tryOpen()) ?? (await tryOpen())
    if (session === undefined) continue
    const { backend } = session
    const current = session
    let isBroken = false
    let number = first
    const failed = (error: unknown, call: 'write' | 'compact') => {
      if (isForGood(error)) isBroken = true
      onFailure?.(error, call, current)
      throw error
    }
    const calls = step.together.map((call) => {
      if (call === 'compact') {
        return backend.admin
          .compact()
          .catch((error: unknown) => failed(error, 'compact'))
          .catch(() => {})
      }
      let last: unknown
      return trace.run(
        number++,
        () =>
          call(backend).catch((error: unknown) => {
            last = error
            failed(error, 'write')
          }),
        () => isForGood(last),
      )
    })
    await Promise.all(calls)
    await afterStep?.(current)
    if (isBroken) await close()
  }
  if (atEnd) await atEnd(session)
  else await close()
}

/** Whether a store says that only opening it again can tell what has become of a write. */
export function isForGood(error: unknown): boolean {
  return error instanceof MemoryError && /open the store again|opening the store again/.test(error.message)
}
