import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DirectoryLock } from '../src/embedded/directory-lock.js'
import { thisProcess } from '../src/embedded/directory-owner.js'
import { openingError } from '../src/embedded/opening-error.js'
import { PostgresBackend } from '../src/index.js'

const childScript = fileURLToPath(new URL('./support/embedded-child.mjs', import.meta.url))
const scope = { tenantId: 't' }
const hasProc = existsSync('/proc/self/stat')

let folder: string
let dataDir: string
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-embedded-'))
  dataDir = join(folder, 'deep', 'db')
})
afterEach(async () => {
  for (const child of children.splice(0)) await killed(child)
  await rm(folder, { recursive: true, force: true })
})

async function startChild(...args: readonly string[]): Promise<ChildProcess> {
  const child = fork(childScript, [dataDir, ...args], { execArgv: [] })
  children.push(child)
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => [`exit ${code}`]),
  ])
  expect(message).toBe('ready')
  return child
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const open = (options: object = {}) => PostgresBackend.open({ embedded: { dataDir }, ...options })

describe('an embedded directory', () => {
  it('is locked by another process, and keeps what that one had written when it was killed', async () => {
    const child = await startChild('written')
    await expect(open()).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${child.pid}`),
    })
    await killed(child)
    const backend = await open({ create: false })
    expect((await backend.getNodes(scope)).map(({ id }) => id)).toEqual(['written'])
    expect(await backend.vectorSearch([1, 2], scope)).toHaveLength(1)
    expect(backend.dimensions).toBe(2)
    await backend.close()
  })

  it('is locked by a second open in the same process until it is closed', async () => {
    const backend = await open({ dimensions: 2 })
    await expect(open()).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`pid ${process.pid}`),
    })
    await backend.insertNode({ id: 'x', humanContent: 'q', assistantContent: 'a', ...scope })
    await backend.close()
    await backend.close()
    const again = await open()
    expect(await again.countNodes(scope)).toBe(1)
    await again.close()
    await expect(again.countNodes(scope)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('is not made with create: false or read-only', async () => {
    await expect(open({ create: false })).rejects.toMatchObject({ code: 'CONNECTION' })
    await expect(open({ readOnly: true })).rejects.toMatchObject({ code: 'CONNECTION' })
    expect(await readdir(folder)).toEqual([])
  })

  it('is left alone when it holds something else', async () => {
    await mkdir(dataDir, { recursive: true })
    await writeFile(join(dataDir, 'nodes.json'), '[]')
    await expect(open()).rejects.toMatchObject({ code: 'CONNECTION' })
    expect(await readdir(dataDir)).toEqual(['nodes.json'])
    expect(existsSync(`${dataDir}.lock`)).toBe(false)
  })

  it('is locked, not foreign, while another process makes it', async () => {
    await mkdir(dataDir, { recursive: true })
    await writeFile(join(dataDir, 'half-made'), '')
    const lock = await DirectoryLock.acquire(dataDir)
    await expect(open()).rejects.toMatchObject({ code: 'LOCKED' })
    await lock.release()
    await expect(open()).rejects.toMatchObject({ code: 'CONNECTION' })
  })

  it('is not a file', async () => {
    await mkdir(join(folder, 'deep'))
    await writeFile(dataDir, 'text')
    await expect(open()).rejects.toMatchObject({
      code: 'CONNECTION',
      message: `${dataDir} is not a directory`,
    })
    expect(await readFile(dataDir, 'utf8')).toBe('text')
    expect(existsSync(`${dataDir}.lock`)).toBe(false)
  })

  it.each(['/proc/x', '/proc/x/y', '/dev/null/x'])('is refused at %s, in finite time', async (path) => {
    await expect(open({ embedded: { dataDir: path } })).rejects.toMatchObject({ code: 'CONNECTION' })
  })

  it('is refused where a link leads nowhere, and leaves nothing beside it', async () => {
    await symlink(join(folder, 'nothing'), join(folder, 'dangling'))
    for (const path of ['dangling', 'dangling/x', 'dangling/x/y']) {
      const refused = open({ embedded: { dataDir: join(folder, path) } })
      await expect(refused).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringContaining(join(folder, path)),
      })
    }
    expect(await readdir(folder)).toEqual(['dangling'])
  })

  it.each([
    ['EACCES', 'CONNECTION'],
    ['EROFS', 'CONNECTION'],
    ['ENOSPC', 'NO_SPACE'],
    ['EDQUOT', 'NO_SPACE'],
  ])('is refused with %s as %s where the lock cannot be written', async (failure, code) => {
    vi.doMock('node:fs/promises', async (original) => ({
      ...(await original<typeof import('node:fs/promises')>()),
      writeFile: () => Promise.reject(Object.assign(new Error(`${failure}: x`), { code: failure })),
    }))
    vi.resetModules()
    try {
      const fresh = await import('../src/index.js')
      const refused = fresh.PostgresBackend.open({ embedded: { dataDir } })
      await expect(refused).rejects.toMatchObject({
        code,
        message: expect.stringContaining(dataDir),
        cause: { code: failure },
      })
    } finally {
      vi.doUnmock('node:fs/promises')
      vi.resetModules()
    }
  })

  it("says that the disk is full when PGlite's file system does", () => {
    const failure = (errno: number) => Object.assign(new Error(), { name: 'ErrnoError', errno })
    expect(openingError(failure(51), dataDir)).toMatchObject({ code: 'NO_SPACE' })
    expect(openingError(failure(19), dataDir)).toMatchObject({ code: 'NO_SPACE' })
    expect(openingError(failure(2), dataDir)).toMatchObject({ code: 'CONNECTION' })
  })

  it('may be a link, and has one lock under both names', async () => {
    const link = join(folder, 'link')
    await mkdir(dataDir, { recursive: true })
    await symlink(dataDir, link)
    const backend = await open({ embedded: { dataDir: link }, dimensions: 2 })
    await backend.insertNode({ id: 'x', humanContent: 'q', assistantContent: 'a', ...scope })
    await expect(open()).rejects.toMatchObject({ code: 'LOCKED' })
    await backend.close()
    expect((await readdir(folder)).sort()).toEqual(['deep', 'link'])
    const again = await open({ create: false })
    expect(await again.countNodes(scope)).toBe(1)
    await expect(open({ embedded: { dataDir: link } })).rejects.toMatchObject({ code: 'LOCKED' })
    await again.close()
  })

  it('gives the lock back when opening fails', async () => {
    const backend = await open({ dimensions: 2 })
    await backend.close()
    await expect(open({ dimensions: 3 })).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
    await (await open()).close()
  })

  it('says which packages are missing', async () => {
    vi.doMock('@electric-sql/pglite', () => {
      throw new Error("Cannot find package '@electric-sql/pglite'")
    })
    vi.resetModules()
    try {
      const fresh = await import('../src/index.js')
      await expect(fresh.PostgresBackend.open({ embedded: { dataDir } })).rejects.toMatchObject({
        code: 'BACKEND_NOT_INSTALLED',
        message: expect.stringContaining('npm install @electric-sql/pglite@'),
      })
      expect(existsSync(dataDir)).toBe(false)
    } finally {
      vi.doUnmock('@electric-sql/pglite')
      vi.resetModules()
    }
  })
})

describe('the lock of a directory', () => {
  const lockFolder = () => `${dataDir}.lock`
  const write = async (name: string, content: unknown) => {
    await mkdir(lockFolder(), { recursive: true })
    await writeFile(join(lockFolder(), name), JSON.stringify(content))
  }

  it('goes to exactly one of many who ask at once', async () => {
    await mkdir(folder, { recursive: true })
    const asked = await Promise.allSettled(Array.from({ length: 25 }, () => DirectoryLock.acquire(dataDir)))
    const got = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(got).toHaveLength(1)
    for (const result of asked) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'LOCKED' })
    }
    await got[0]?.release()
    await (await DirectoryLock.acquire(dataDir)).release()
    expect(await readdir(lockFolder())).toEqual(['owner-2'])
  })

  it.each([
    ['a process that ended', { pid: 2 ** 22 + 1, startTime: '1', bootId: thisProcess().bootId }],
    ['a process whose number another one has now', { ...thisProcess(), startTime: '1' }],
    ['a process from before the last start of the machine', { ...thisProcess(), bootId: 'another' }],
  ])('is taken over from %s, by one only', async (_, owner) => {
    await write('owner-7', owner)
    const asked = await Promise.allSettled(Array.from({ length: 10 }, () => DirectoryLock.acquire(dataDir)))
    const got = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(got).toHaveLength(1)
    expect(await readdir(lockFolder())).toEqual(['owner-8'])
    await got[0]?.release()
  })

  it.runIf(hasProc)('is taken over from a process that ended and was not waited for', async () => {
    // The shell starts a process that ends with its input, and then becomes one that waits for no child.
    const parent = spawn('/bin/sh', ['-c', 'exec 3<&0; sh -c "read line <&3" & echo $!; exec sleep 600'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(parent)
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(String(line))
    const fields = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
    const nameOfParent = () => readFile(`/proc/${parent.pid}/comm`, 'utf8')
    await expect.poll(nameOfParent, { timeout: 30_000 }).toBe('sleep\n')
    parent.stdin.end()
    await expect.poll(async () => (await fields())[0], { timeout: 30_000 }).toBe('Z')
    const startTime = (await fields())[19] ?? ''
    expect(process.kill(pid, 0)).toBe(true)
    await write('owner-1', { ...thisProcess(), pid, startTime })
    await (await DirectoryLock.acquire(dataDir)).release()
    expect(await readdir(lockFolder())).toEqual(['owner-2'])
  })

  it.runIf(hasProc)('is not taken from a process that runs', async () => {
    const child = spawn('/bin/sleep', ['600'])
    children.push(child)
    await once(child, 'spawn')
    await write('owner-1', { ...thisProcess(), pid: child.pid, startTime: null })
    await expect(DirectoryLock.acquire(dataDir)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${child.pid}`),
    })
  })

  it('is not taken when nobody can tell whose it is', async () => {
    await write('owner-1', 'something')
    await expect(DirectoryLock.acquire(dataDir)).rejects.toMatchObject({ code: 'LOCKED' })
  })
})
