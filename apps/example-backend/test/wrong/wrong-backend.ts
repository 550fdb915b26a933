import type { BackendHarness } from '@holdfast/conformance'
import type { InMemoryBackend, InMemoryStore } from '../../src/in-memory-backend.js'
import { keptHarness } from '../kept-backend.js'

/** A backend with one deliberate fault, and the test that must find it. */
export interface WrongBackend {
  readonly name: string
  readonly suite: string
  /** The title of the test, which says what the backend does not keep. */
  readonly promise: string
  readonly harness: BackendHarness
}

/** A wrong backend whose harness is that of the right one. */
export function wrong(
  name: string,
  suite: string,
  promise: string,
  Backend: new (store: InMemoryStore) => InMemoryBackend,
): WrongBackend {
  return { name, suite, promise, harness: keptHarness(name, (store) => new Backend(store)) }
}

/** A backend that is wrong together with its harness. */
export function wrongWith(
  name: string,
  suite: string,
  promise: string,
  harnessOf: (name: string) => BackendHarness,
): WrongBackend {
  return { name, suite, promise, harness: harnessOf(name) }
}
