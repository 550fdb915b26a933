import type { BackendHarness } from '../backend-harness.js'
import { describeMemoryBackend } from '../describe-memory-backend.js'
import type { Declared, DeclaredTest } from './declared-test.js'
import type { CapabilityName, LeftOutTest } from './left-out-test.js'
import { collect } from './test-api.js'

/** The tests of a harness; none of them runs. */
export function declaredTests(harness: BackendHarness): Declared {
  return collect(() => describeMemoryBackend(harness))
}

/** What a harness must offer for some capabilities. A test that is only declared calls none of it. */
const unused = {
  reopen: () => Promise.reject(new Error('this test is not run')),
  openAgain: () => Promise.reject(new Error('this test is not run')),
}

/**
 * The tests that a backend would have to pass if it could more. Asked by declaring all tests anew with more
 * capabilities, so that no suite has to keep a list of what it leaves out.
 */
export function leftOutTests(harness: BackendHarness): readonly LeftOutTest[] {
  const seen = new Set(declaredTests(harness).tests.map(keyOf))
  const found: LeftOutTest[] = []
  // The smallest sets come first, so that a test names no more than it needs.
  for (const needs of subsets(falseCapabilities(harness)).sort((a, b) => a.length - b.length)) {
    const more = Object.fromEntries(needs.map((name) => [name, true]))
    const able = { ...unused, ...harness, capabilities: { ...harness.capabilities, ...more } }
    for (const test of declaredTests(able).tests) {
      if (seen.has(keyOf(test))) continue
      seen.add(keyOf(test))
      found.push({ path: test.path, title: test.title, needs })
    }
  }
  return found
}

function falseCapabilities({ capabilities }: BackendHarness): readonly CapabilityName[] {
  const names = Object.keys(capabilities) as CapabilityName[]
  return names.filter((name) => !capabilities[name])
}

function subsets<T>(items: readonly T[]): (readonly T[])[] {
  return Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_, at) => (bits >> at) & 1))
}

function keyOf({ path, title }: DeclaredTest): string {
  return JSON.stringify([...path, title])
}
