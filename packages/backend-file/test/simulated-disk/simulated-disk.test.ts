import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { seed } from './seed.js'
import { SimulatedDisk } from './simulated-disk.js'

const names = ['a', 'b', 'd', 'e', 'd/a', 'd/b', 'd/e', 'd/e/a', 'a/x', 'e/a'] as const
const path = fc.constantFrom(...names)
const slot = fc.nat(3)
const size = fc.constantFrom(0, 1, 5, 511, 513, 4095, 4097, 9000)

const step = fc.oneof(
  fc.record({ call: fc.constantFrom('create' as const, 'open' as const), path, slot }),
  fc.record({ call: fc.constantFrom('stat', 'readdir', 'mkdir', 'rmdir', 'unlink', 'fileSystemType'), path }),
  fc.record({ call: fc.constant('mkdir'), path: fc.constantFrom('d', 'e', 'd/e') }),
  fc.record({ call: fc.constant('syncDirectory'), path: fc.constantFrom('', 'd', 'd/e', 'b/none') }),
  fc.record({ call: fc.constantFrom('rename' as const, 'link' as const), path, to: path }),
  fc.record({
    call: fc.constantFrom('write', 'read', 'truncate', 'sync', 'fstat', 'setMode', 'close'),
    slot,
    at: size,
    length: size,
  }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Runs a step and says what it gave, without what differs from disk to disk. */
async function run(
  disk: FileSystem,
  root: string,
  slots: (OpenFile | undefined)[],
  one: Step,
): Promise<unknown> {
  const at = (name: string) => `${root}/${name}`
  try {
    if ('path' in one) return (await runPath(disk, at, slots, one)) ?? 'done'
    const file = slots[one.slot]
    // The number of a closed descriptor may by now be another file's.
    if (one.call === 'close') slots[one.slot] = undefined
    return file ? ((await runFile(file, one)) ?? 'done') : 'none'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

type PathStep = Extract<Step, { readonly path: string }>
type FileStep = Exclude<Step, PathStep>

async function runPath(
  disk: FileSystem,
  at: (name: string) => string,
  slots: (OpenFile | undefined)[],
  one: PathStep,
): Promise<unknown> {
  if ('slot' in one) {
    const file = await disk.open(at(one.path), one.call === 'create' ? 'create' : 'read')
    await slots[one.slot]?.close().catch(() => {})
    slots[one.slot] = file
    return facts(await file.stat())
  }
  if ('to' in one)
    return one.call === 'rename' ? disk.rename(at(one.path), at(one.to)) : disk.link(at(one.path), at(one.to))
  switch (one.call) {
    case 'stat':
      return facts(await disk.stat(at(one.path)))
    case 'readdir':
      return [...(await disk.readdir(at(one.path)))].sort()
    case 'mkdir':
      return disk.mkdir(at(one.path))
    case 'rmdir':
      return disk.rmdir(at(one.path))
    case 'unlink':
      return disk.unlink(at(one.path))
    case 'syncDirectory':
      return disk.syncDirectory(at(one.path))
    default:
      return typeof (await disk.fileSystemType(at(one.path)))
  }
}

async function runFile(file: OpenFile, { call, at, length }: FileStep): Promise<unknown> {
  switch (call) {
    case 'write':
      return file.write(new Uint8Array(length).fill(1 + (at % 200)), at)
    case 'read': {
      const into = new Uint8Array(length)
      const count = await file.read(into, at)
      return [count, Buffer.from(into).toString('base64')]
    }
    case 'truncate':
      return file.truncate(at)
    case 'sync':
      return file.sync()
    case 'setMode':
      return file.setMode(0o700 + (at % 8))
    case 'fstat':
      return facts(await file.stat())
    default:
      return file.close()
  }
}

function facts({ kind, size: bytes, mode }: Awaited<ReturnType<OpenFile['stat']>>) {
  return { kind, mode, size: kind === 'file' ? bytes : 0 }
}

describe(`the simulated disk, seed ${seed}`, () => {
  it('does what the real one does', async () => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const directory = await mkdtemp(join(tmpdir(), 'holdfast-disk-'))
        const real: (OpenFile | undefined)[] = []
        const simulated: (OpenFile | undefined)[] = []
        const disk = new SimulatedDisk({ umask: process.umask() })
        try {
          for (const one of steps) {
            const expected = await run(nodeFileSystem, directory, real, one)
            expect([one, await run(disk, '', simulated, one)]).toEqual([one, expected])
            const result = typeof expected === 'string' ? `${one.call} ${expected}` : one.call
            seen.set(result, (seen.get(result) ?? 0) + 1)
          }
        } finally {
          for (const file of real) await file?.close().catch(() => {})
          await rm(directory, { recursive: true })
        }
      }),
      { seed, numRuns: 300 },
    )
    for (const result of [
      'create EEXIST',
      'create ENOENT',
      'create ENOTDIR',
      'rename done',
      'rename ENOENT',
      'rename EISDIR',
      'rename ENOTDIR',
      'rename ENOTEMPTY',
      'rename EINVAL',
      'link done',
      'link EEXIST',
      'link EPERM',
      'unlink EISDIR',
      'rmdir ENOTEMPTY',
      'rmdir ENOTDIR',
      'write EBADF',
      'read EISDIR',
      'truncate EINVAL',

      'readdir ENOTDIR',
    ]) {
      expect([result, (seen.get(result) ?? 0) > 0]).toEqual([result, true])
    }
  }, 60_000)
})
