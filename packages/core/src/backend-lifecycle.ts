import type { BackendCapabilities } from './backend-capabilities.js'
import type { EmbeddingModel } from './embedding-vector.js'
import { type Logger, silentLogger } from './logger.js'
import { MemoryError } from './memory-error.js'
import type { CallOptions } from './requests.js'
import { type ResolvedScope, resolveScope, type Scope } from './scope.js'

/**
 * The life of a backend: open → closing → closed. `open` is a static method of each backend, so an instance is
 * always open at first. Every call goes through `run`, which refuses it once closing has begun and makes `close`
 * wait for it otherwise.
 */
export abstract class BackendLifecycle {
  /** What this backend can do; a frozen constant that its package exports too. */
  abstract readonly capabilities: BackendCapabilities
  /** Values a vector has in this store; `undefined` while the store is empty and nothing has said so. */
  abstract get dimensions(): number | undefined
  /** The model the stored vectors come from, when the store knows. */
  abstract get embeddingModel(): EmbeddingModel | undefined

  protected readonly logger: Logger
  readonly #inFlight = new Set<Promise<unknown>>()
  #closed: Promise<void> | undefined

  protected constructor(logger: Logger = silentLogger) {
    this.logger = logger
  }

  /** Frees what the backend holds. Called once, when no operation is in flight. */
  protected abstract _close(): Promise<void>

  /** Waits for calls in flight and frees everything. Can be called again; every other call rejects from now on. */
  close(): Promise<void> {
    this.#closed ??= this.#settle().then(() => this._close())
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Runs one operation. It takes the options as the caller gave them, so that wrong ones reject like any error.
   * @throws {MemoryError} `CLOSED`; rejects with the signal's reason when it is aborted already.
   */
  protected async run<T>(options: CallOptions, operation: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new MemoryError('CLOSED')
    if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object')
    const { signal } = options
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new TypeError('signal must be an AbortSignal')
    }
    signal?.throwIfAborted()
    const running = operation()
    this.#inFlight.add(running)
    try {
      return await running
    } finally {
      this.#inFlight.delete(running)
    }
  }

  /** @throws {MemoryError} `NOT_SUPPORTED` when the capability is false. */
  protected require(capability: keyof BackendCapabilities, operation: string): void {
    if (!this.capabilities[capability]) {
      throw new MemoryError('NOT_SUPPORTED', `${operation} is not supported by this backend`)
    }
  }

  /** The scope, or `undefined` when it names nobody; that is logged, since it is rarely meant. */
  protected authorize(scope: Scope, operation: string): ResolvedScope | undefined {
    const resolved = resolveScope(scope)
    if (resolved === undefined) {
      this.logger.warn(`${operation} was called without a tenant or user: there is nothing to see`)
    }
    return resolved
  }

  async #settle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight)
  }
}
