import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nodeFileSystem } from '../src/disk/node-file-system.js'
import { FileBackend } from '../src/index.js'
import { OpenDirectories } from '../src/lock/open-directories.js'
import { OwnerFile } from '../src/lock/owner-file.js'
import { ownIdentity } from '../src/lock/process-identity.js'
import { type Environment, nodeEnvironment } from '../src/store/environment.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const built = new URL('../dist/index.js', import.meta.url).href

/** Opens the store, says how that went, and holds it until it is killed or its input ends. */
const holder = `
const { FileBackend } = await import(process.argv[1])
try {
  const backend = await FileBackend.open({ dataDir: process.argv[2] })
  process.stdout.write('open\\n')
  for await (const line of process.stdin) {
    await backend.insertNode({ userId: 'u', humanContent: String(process.pid) + line, assistantContent: '' })
    process.stdout.write('wrote\\n')
  }
  await backend.close()
} catch (error) { process.stdout.write(error.code + ' ' + error.message + '\\n') }`

const wayOut = 'close the store there, or open it here with readOnly'

interface Child {
  readonly process: ChildProcess
  readonly pid: number
  /** The next line it prints. */
  readonly next: () => Promise<string>
}

function start(dataDir: string, environment: NodeJS.ProcessEnv = process.env): Child {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder, built, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment,
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  let output = ''
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString()
  })
  const next = async () => {
    while (!output.includes('\n')) await once(child.stdout, 'data')
    const line = output.slice(0, output.indexOf('\n'))
    output = output.slice(line.length + 1)
    return line
  }
  return { process: child, pid: child.pid ?? 0, next }
}

async function kill(child: Child): Promise<void> {
  const exit = once(child.process, 'exit')
  child.process.kill('SIGKILL')
  await exit
}

/** A machine without the `flock` command. */
const withoutFlock = (): Environment => ({
  ...nodeEnvironment,
  kernelLock: async () => 'unavailable',
  openDirectories: new OpenDirectories(),
})

describe.each([
  { name: 'the kernel', environment: process.env },
  { name: 'an owner file alone', environment: { ...process.env, PATH: '' } },
])('one writer, kept by $name', { timeout: 60_000 }, ({ environment }) => {
  it('refuses a second process, naming the first, and a dead one holds nothing', async () => {
    const dataDir = await temporaryDirectory()
    const first = start(dataDir, environment)
    expect(await first.next()).toBe('open')
    const second = start(dataDir, environment)
    expect(await second.next()).toBe(
      `LOCKED process ${first.pid} on ${hostname()} writes to ${dataDir}; ${wayOut}`,
    )
    await expect(FileBackend.open({ dataDir })).rejects.toMatchObject({
      code: 'LOCKED',
      message: `process ${first.pid} on ${hostname()} writes to ${dataDir}; ${wayOut}`,
    })
    await kill(first)
    const third = start(dataDir, environment)
    expect(await third.next()).toBe('open')
    await kill(third)
    await (await FileBackend.open({ dataDir })).close()
  })

  it('lets one of many win, again and again, and loses no write to a kill', async () => {
    const dataDir = await temporaryDirectory()
    let written = 0
    for (let round = 0; round < 4; round++) {
      const children = Array.from({ length: 4 }, () => start(dataDir, environment))
      const lines = await Promise.all(children.map(({ next }) => next()))
      const winners = children.filter((_, index) => lines[index] === 'open')
      expect(winners).toHaveLength(1)
      expect(lines.filter((line) => line.startsWith(`LOCKED process ${winners[0]?.pid} on `))).toHaveLength(3)
      const [winner] = winners
      if (winner === undefined) throw new Error('nobody won')
      winner.process.stdin?.write('x\n')
      expect(await winner.next()).toBe('wrote')
      written += 1
      await kill(winner)
    }
    await using backend = await FileBackend.open({ dataDir, readOnly: true })
    expect(await backend.countNodes({ userId: 'u' })).toBe(written)
  })
})

describe('one writer in one process', () => {
  it('refuses a second open and frees the directory on close', async () => {
    const dataDir = await temporaryDirectory()
    const backend = await FileBackend.open({ dataDir })
    await expect(
      FileBackend.open({ dataDir: `${dataDir}/../${dataDir.split('/').at(-1)}` }),
    ).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${process.pid} on ${hostname()}`),
    })
    const reader = FileBackend.open({ dataDir, readOnly: true })
    await (await reader).close()
    await backend.close()
    await (await FileBackend.open({ dataDir })).close()
    expect(await readdir(dataDir)).toEqual([])
  })

  it('is over for a writer whose place was taken', async () => {
    const dataDir = await temporaryDirectory()
    const backend = await FileBackend.openIn(withoutFlock(), { dataDir })
    const owner = join(dataDir, '.holdfast/owner.json')
    const record = JSON.parse(await readFile(owner, 'utf8'))
    await writeFile(owner, JSON.stringify({ ...record, nonce: 'somebody_else' }))
    const node = { userId: 'u', humanContent: '', assistantContent: '' }
    await expect(backend.insertNode(node)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(await backend.countNodes({ userId: 'u' })).toBe(0)
    await backend.close()
    expect(JSON.parse(await readFile(owner, 'utf8')).nonce).toBe('somebody_else')
  })
})

describe('an owner file that was left behind', () => {
  const leave = async (change: Record<string, unknown>) => {
    const dataDir = await temporaryDirectory()
    await (await FileBackend.open({ dataDir, dimensions: 2 })).close()
    const own = await ownIdentity()
    const record = { ...own, nonce: 'left', hasKernelLock: false, ...change }
    await writeFile(join(dataDir, '.holdfast/owner.json'), JSON.stringify(record))
    return dataDir
  }

  it.each([
    ['this very process', {}],
    ['a process on another machine', { host: 'elsewhere', bootId: 'other' }],
    ['a process in another container', { pidNamespace: 'pid:[1]', pid: 999_999_999 }],
    ['a process of an unknown boot', { bootId: null, pid: 999_999_999 }],
  ])('of %s counts, without a kernel lock', async (_name, change) => {
    const dataDir = await leave(change)
    await expect(FileBackend.openIn(withoutFlock(), { dataDir })).rejects.toMatchObject({ code: 'LOCKED' })
  })

  it.each([
    ['a process that has ended', { pid: 999_999_999 }],
    ['an earlier process with our pid', { startTime: '1' }],
    ['a process before a restart', { bootId: 'an earlier boot' }],
  ])('of %s does not count', async (_name, change) => {
    const dataDir = await leave(change)
    await (await FileBackend.openIn(withoutFlock(), { dataDir })).close()
    expect(await readdir(join(dataDir, '.holdfast'))).not.toContain('owner.json')
  })

  it('of a process that has ended does not count before its parent has asked', async () => {
    // The shell turns into a program that never asks for its child.
    const parent = spawn('/bin/sh', ['-c', 'read x <&3 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    })
    onTestFinished(async () => {
      const exit = once(parent, 'exit')
      parent.kill('SIGKILL')
      await exit
    })
    if (parent.stdout === null) throw new Error('the shell has no output')
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(line)
    const stat = async () => (await readFile(`/proc/${pid}/stat`, 'latin1')).replace(/^.*\) /s, '').split(' ')
    const dataDir = await leave({ pid, startTime: (await stat())[19] })
    await expect(FileBackend.openIn(withoutFlock(), { dataDir })).rejects.toMatchObject({ code: 'LOCKED' })
    process.kill(pid, 'SIGKILL')
    while ((await stat())[0] !== 'Z') await new Promise((resolve) => setImmediate(resolve))
    expect(process.kill(pid, 0)).toBe(true)
    await (await FileBackend.openIn(withoutFlock(), { dataDir })).close()
  })

  it('of a holder of the kernel lock does not count for the next one', async () => {
    const dataDir = await leave({ hasKernelLock: true, host: 'another container', pidNamespace: 'pid:[1]' })
    await expect(FileBackend.openIn(withoutFlock(), { dataDir })).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('on another container writes'),
    })
    await (await FileBackend.open({ dataDir })).close()
  })

  it('counts when nobody can read it, unless the kernel lock proves that it is old', async () => {
    const dataDir = await leave({ pid: 'x' })
    await expect(FileBackend.openIn(withoutFlock(), { dataDir })).rejects.toMatchObject({ code: 'LOCKED' })
    await (await FileBackend.open({ dataDir })).close()
  })
})

const seed = 90_210

describe(`a dead holder's place (seed ${seed})`, () => {
  it('goes to exactly one of many, whatever the order of their steps', { timeout: 60_000 }, async () => {
    let state = seed
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const slow = new Proxy(nodeFileSystem, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          for (let turns = random(6); turns > 0; turns--)
            await new Promise((resolve) => setImmediate(resolve))
          return Reflect.apply(value, target, args)
        }
      },
    })
    const own = { ...(await ownIdentity()), hasKernelLock: false }
    const dead = { ...own, pid: 999_999_999 }
    for (let round = 0; round < 150; round++) {
      const dataDir = await temporaryDirectory()
      await mkdir(join(dataDir, '.holdfast'))
      await writeFile(join(dataDir, '.holdfast/owner.json'), JSON.stringify({ ...dead, nonce: 'first' }))
      if (round % 2 === 1) {
        // Somebody died while taking over.
        const claim = join(dataDir, '.holdfast/owner.json.first.claim')
        await writeFile(claim, JSON.stringify({ ...dead, nonce: 'second' }))
      }
      const taken = await Promise.all(Array.from({ length: 5 }, () => OwnerFile.take(slow, dataDir, own)))
      const winners = taken.filter((one) => one instanceof OwnerFile)
      expect(winners, `round ${round}`).toHaveLength(1)
      expect(await winners[0]?.isOurs()).toBe(true)
      expect(await readdir(join(dataDir, '.holdfast')), `round ${round}`).toEqual(['owner.json'])
    }
  })
})

it('is tested against the build of this package', async () => {
  expect(await readdir(fileURLToPath(new URL('../dist', import.meta.url)))).toContain('index.js')
})
