import { type AdminDriver, BackendAdmin } from './backend-admin.js'
import type { Logger } from './logger.js'
import { NodeWrites } from './node-writes.js'
import type { Scope } from './scope.js'
import { ScopedMemory } from './scoped-memory.js'

/**
 * Where an agent's memories live. Every public method checks its arguments, resolves the scope, answers a scope that
 * names nobody itself, and only then calls the backend's protected `_method` with trusted input and every default
 * filled in: a backend cannot forget the check.
 *
 * Who writes a backend implements the abstract `_methods` and leaves the public ones alone.
 */
export abstract class MemoryBackend extends NodeWrites {
  /** Cross-scope operations, for operators and the migrator only. */
  readonly admin: BackendAdmin

  protected constructor(logger?: Logger) {
    super(logger)
    this.admin = new BackendAdmin(this._adminDriver(), {
      run: (options, operation) => this.run(options, operation),
      dimensions: () => this.dimensions,
      capabilities: () => this.capabilities,
    })
  }

  /** Called by the constructor, before the subclass's own fields exist: it may only close over `this`. */
  protected abstract _adminDriver(): AdminDriver

  /** The handle to pass around in an application: the same operations, bound to one scope. */
  withScope(scope: Scope): ScopedMemory {
    return new ScopedMemory(this, scope)
  }
}
