import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { readdir } from 'node:fs/promises'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nodeFileSystem } from '../src/disk/node-file-system.js'
import { DirectoryLock } from '../src/lock/directory-lock.js'
import { flockCommand } from '../src/lock/kernel-lock.js'
import { OpenDirectories } from '../src/lock/open-directories.js'
import { FaultyFileSystem } from './support/faulty-file-system.js'
import { temporaryDirectory } from './support/temporary-directory.js'

vi.mock('node:child_process', async (original) => {
  const real = await original<typeof import('node:child_process')>()
  return { ...real, spawn: vi.fn(real.spawn) }
})

beforeEach(() => void vi.mocked(spawn).mockClear())

const systemError = (code: string) => Object.assign(new Error(`spawn flock ${code}`), { code })

/** What happens to the next start of a process. */
function nextStart(then: (child: EventEmitter) => void): void {
  vi.mocked(spawn).mockImplementationOnce(() => {
    const child = new EventEmitter()
    setImmediate(() => then(child))
    return child as ChildProcess
  })
}

const failures: readonly [string, string, () => void][] = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'].flatMap(
  (code): [string, string, () => void][] => [
    ['is told', code, () => nextStart((child) => child.emit('error', systemError(code)))],
    [
      'is thrown',
      code,
      () =>
        vi.mocked(spawn).mockImplementationOnce(() => {
          throw systemError(code)
        }),
    ],
  ],
)

describe('a flock command that cannot be started', () => {
  it.each(failures)('for want of something, which %s (%s), is no missing lock', async (_how, code, fail) => {
    const dataDir = await temporaryDirectory()
    const files = new FaultyFileSystem()
    const options = { files, dataDir, kernelLock: flockCommand, openDirectories: new OpenDirectories() }
    fail()
    await expect(DirectoryLock.take(options)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining(`${dataDir} cannot be locked: ${code}`),
      cause: { code },
    })
    expect(files.openFiles).toEqual([])
    expect(await readdir(dataDir)).toEqual([])
    // When there is enough again, the same process gets it, and keeps others out.
    const lock = await DirectoryLock.take(options)
    const directory = await nodeFileSystem.open(dataDir, 'read')
    expect(await flockCommand(directory.descriptor)).toBe('refused')
    await directory.close()
    await lock.release()
    expect(spawn).toHaveBeenCalledTimes(3)
  })

  it.each(['ENOENT', 'EACCES', 'EPERM'])(
    'because the system has none (%s) is a missing lock',
    async (code) => {
      nextStart((child) => child.emit('error', systemError(code)))
      expect(await flockCommand(0)).toBe('unavailable')
      vi.mocked(spawn).mockImplementationOnce(() => {
        throw systemError(code)
      })
      expect(await flockCommand(0)).toBe('unavailable')
    },
  )
})

it('does not take a command that was ended for a missing lock', async () => {
  nextStart((child) => child.emit('close', null, 'SIGKILL'))
  await expect(flockCommand(0)).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining('SIGKILL'),
  })
})

it('is missing where the command cannot lock what it is given', async () => {
  expect(await flockCommand(0x7fff)).toBe('unavailable')
})
