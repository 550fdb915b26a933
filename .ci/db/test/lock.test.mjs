import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { withLock } from '../src/lock.mjs'
import { identify, isRunning } from '../src/process-identity.mjs'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const lockModule = new URL('../src/lock.mjs', import.meta.url).href

/** Starts a process that takes the lock; it prints "held" and waits, or appends two lines and ends. */
const startHolder = (/** @type {string} */ body) =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { withLock } from ${JSON.stringify(lockModule)}
       import { appendFile } from 'node:fs/promises'
       await withLock(${JSON.stringify(join(folder, 'lock'))}, async () => { ${body} })`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )

const abandon = async () => {
  const holder = startHolder(
    `process.stdout.write('held'); await new Promise(() => setInterval(() => {}, 1e6))`,
  )
  await once(holder.stdout, 'data')
  const identity = identify(holder.pid ?? 0)
  assert.equal(isRunning(identity), true)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  assert.equal(isRunning(identity), false)
}

test('gives back the value, frees the lock, also after an error', async () => {
  const lock = join(folder, 'lock')
  assert.equal(await withLock(lock, async () => 7), 7)
  await assert.rejects(
    withLock(lock, () => Promise.reject(new Error('inside'))),
    /inside/,
  )
  await assert.rejects(access(lock), { code: 'ENOENT' })
  assert.equal(await withLock(lock, async () => 8), 8)
})

test('takes over from a killed process', async () => {
  await abandon()
  await access(join(folder, 'lock', 'owner.json'))
  assert.equal(await withLock(join(folder, 'lock'), async () => 'mine'), 'mine')
})

test('does not take a recycled pid for the owner', async () => {
  await mkdir(join(folder, 'lock'))
  const impostor = { ...identify(process.pid), startTicks: '1' }
  await writeFile(join(folder, 'lock', 'owner.json'), JSON.stringify(impostor))
  assert.equal(await withLock(join(folder, 'lock'), async () => 'mine'), 'mine')
})

test('lets one process in at a time, though all of them find the lock abandoned', async () => {
  await abandon()
  const journal = JSON.stringify(join(folder, 'journal'))
  const holders = Array.from({ length: 5 }, () =>
    startHolder(
      `await appendFile(${journal}, 'in '); await new Promise(setImmediate); await appendFile(${journal}, 'out ')`,
    ),
  )
  const codes = await Promise.all(holders.map(async (holder) => (await once(holder, 'exit'))[0]))
  assert.deepEqual(codes, [0, 0, 0, 0, 0])
  assert.equal(await readFile(join(folder, 'journal'), 'utf8'), 'in out '.repeat(5))
})
