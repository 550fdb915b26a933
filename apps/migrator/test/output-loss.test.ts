import { spawn } from 'node:child_process'
import { access, open } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runJson } from './run-cli.js'
import { copySample } from './sample.js'
import { temporaryFolder } from './temporary-folder.js'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const args = ['copy', '--from', 'file:./data', '--to', 'file:./copy', '--unowned', 'skip']

describe('an output that cannot be written', () => {
  it.each(['stdout', 'stderr'] as const)('a reader of %s that has left changes nothing', async (closed) => {
    const cwd = await temporaryFolder()
    await copySample(join(cwd, 'data'))
    const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const exited = new Promise<number | null>((resolve) => child.on('close', resolve))
    child[closed].destroy()
    const other = closed === 'stdout' ? child.stderr : child.stdout
    const [written, exitCode] = await Promise.all([text(other), exited])
    expect(written).not.toContain('EPIPE')
    expect(exitCode).toBe(0)
    const verify = ['verify', '--from', 'file:./data', '--to', 'file:./copy', '--unowned', 'skip']
    expect(await runJson(verify, { cwd })).toMatchObject({ exitCode: 0, document: { ok: true } })
  })

  it.skipIf(process.platform !== 'linux')('a result that is lost on a full disk exits with 3', async () => {
    const cwd = await temporaryFolder()
    await copySample(join(cwd, 'data'))
    await access('/dev/full')
    const full = await open('/dev/full', 'w')
    try {
      const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', full.fd, 'pipe'] })
      const exited = new Promise<number | null>((resolve) => child.on('close', resolve))
      if (child.stderr === null) throw new TypeError('stderr is not a pipe')
      const [stderr, exitCode] = await Promise.all([text(child.stderr), exited])
      expect(stderr).not.toContain('Unhandled')
      expect(exitCode).toBe(3)
    } finally {
      await full.close()
    }
  })
})
