import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type MemoryNodeInput, silentLogger } from '@holdfast/core'
import { expect } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { nodeEnvironment } from '../../src/store/environment.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { type Found, findByWords, search } from './word-oracle.js'

export const acme = { tenantId: 'acme' }
/** Every scope is kept on disk, however small. */
export const small = { ...nodeEnvironment, smallScope: 0 }

export function node(id: string, humanContent: string, more: Partial<MemoryNodeInput> = {}): MemoryNodeInput {
  return { id, tenantId: 'acme', humanContent, assistantContent: 'answer', ...more }
}

export interface Kept {
  readonly dataDir: string
  /** The one word index. */
  readonly path: string
  readonly found: readonly Found[]
}

/** A closed store with the word index of one scope. */
export async function keptStore(): Promise<Kept> {
  const dataDir = await temporaryDirectory()
  const backend = await FileBackend.openIn(small, { dataDir, durability: 'off' })
  await backend.insertNodes([node('a', 'apple'), node('b', 'secretword'), node('c', 'apple pie')])
  const found = await search(backend, 'apple answer', acme)
  await backend.close()
  const [name = '', ...others] = await cacheNames(dataDir)
  expect(found).toHaveLength(3)
  expect(others).toEqual([])
  return { dataDir, path: join(dataDir, '.holdfast/cache', name), found }
}

/** The word indexes; other things are kept beside them. */
export async function cacheNames(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(join(dataDir, '.holdfast/cache')).catch(() => [])
  return names.filter((name) => name.startsWith('words-'))
}

export interface FirstSearch {
  /** Files that it read. */
  readonly reads: readonly string[]
  readonly warnings: readonly string[]
}

/** Opens a store for reading, and says which files a search that finds nothing reads, and what it warns of. */
export async function firstSearch(dataDir: string, scope = acme): Promise<FirstSearch> {
  const files = new FaultyFileSystem()
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (text: string) => warnings.push(text) }
  const reader = await FileBackend.openIn(environmentOn(files), { dataDir, readOnly: true, logger })
  const opened = files.calls.length
  expect(await search(reader, 'unknown', scope)).toEqual([])
  const calls = files.calls.slice(opened)
  expect(calls.filter((call) => /^(open create|write|rename|unlink|mkdir|truncate)/.test(call))).toEqual([])
  const reads = calls.filter((call) => call.startsWith('read '))
  await reader.close()
  return { reads: [...new Set(reads)], warnings }
}

/** Expects that a reader finds what counting words finds. @returns it. */
export async function expectCounted(
  dataDir: string,
  query = 'apple answer',
  scope = acme,
): Promise<readonly Found[]> {
  const reader = await FileBackend.open({ dataDir, readOnly: true })
  const expected = findByWords(query, await reader.getNodes(scope))
  expect(await search(reader, query, scope)).toEqual(expected)
  await reader.close()
  return expected
}
