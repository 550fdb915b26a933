import type { BackendHarness } from '../../src/index.js'
import type { ReferenceBackend, ReferenceStore } from '../reference-backend.js'
import { referenceHarness } from '../reference-harness.js'

/** A backend with one deliberate fault, and the suite that must find it. */
export interface WrongBackend {
  readonly name: string
  readonly foundBy: string
  readonly harness: BackendHarness
}

/** A wrong backend whose harness is that of the reference backend. */
export function wrong(
  name: string,
  foundBy: string,
  Backend: new (store: ReferenceStore) => ReferenceBackend,
): WrongBackend {
  return { name, foundBy, harness: referenceHarness(name, (store) => new Backend(store)) }
}
