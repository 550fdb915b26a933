/** What a call can fail with. */
export type FaultCode = 'EIO' | 'ENOSPC' | 'EDQUOT' | 'EACCES' | 'EROFS' | 'EMFILE'

/** The calls of the port; those of an open file go by their own names. */
export type CallKind =
  | 'open'
  | 'stat'
  | 'readdir'
  | 'mkdir'
  | 'rmdir'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'syncDirectory'
  | 'fileSystemType'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'setMode'
  | 'fstat'
  | 'close'

/** A call that goes wrong. Calls are counted from 0 over the life of a disk. */
export interface Fault {
  readonly call: number
  /** Also every later call of the same kind. Default: this one only. */
  readonly sticky?: boolean
  /** `short`: a read or write that moves only a part. Otherwise the error. */
  readonly effect: FaultCode | 'short'
  /** A failing write leaves half its bytes. */
  readonly partial?: boolean
}

/** Finds the fault of each call. A fault whose call can move no bytes, or cannot give its error, does nothing. */
export class DiskFaults {
  readonly #faults: readonly Fault[]
  readonly #stuck = new Map<CallKind, Fault>()
  #hits = 0
  #isOver = false

  constructor(faults: readonly Fault[]) {
    this.#faults = faults
  }

  /** How many calls went wrong. */
  get hits(): number {
    return this.#hits
  }

  /** From now on every call does what it should. */
  end(): void {
    this.#isOver = true
  }

  at(call: number, kind: CallKind): Fault | undefined {
    if (this.#isOver) return undefined
    const fault = this.#stuck.get(kind) ?? this.#faults.find((candidate) => candidate.call === call)
    if (fault === undefined || (fault.effect === 'short' && kind !== 'read' && kind !== 'write'))
      return undefined
    if (fault.sticky) this.#stuck.set(kind, fault)
    this.#hits += 1
    return fault
  }
}

/** An error as Node gives it. */
export function systemError(code: string, call: CallKind, path: string): Error {
  // Tests make very many, and where they come from is in the message.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = new Error(`${code}: ${call} '${path}'`)
  Error.stackTraceLimit = stackTraceLimit
  return Object.assign(error, { code, syscall: call, path })
}
