import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { builtThread, wrongThread } from './pool-setup.js'

const program = fileURLToPath(new URL('./alone-in-process.mjs', import.meta.url))

/** What a process prints that ends by itself; one that does not is ended, which rejects. */
async function printed(thread: URL, options: readonly string[] = []): Promise<string> {
  const run = promisify(execFile)(process.execPath, [...options, program, thread.href], { timeout: 60_000 })
  const { stdout } = await run
  return stdout.trim()
}

it('a process ends by itself although threads of the pool are idle', async () => {
  expect(await printed(builtThread)).toBe('compared 5000, 1 threads')
})

it('a search keeps the process alive until its threads have answered', async () => {
  const compared = await printed(wrongThread('answers-late'))
  // What such a thread took is in nobody's answer but the program's own.
  expect(compared).toMatch(/^compared \d+, 1 threads$/)
})

it('a search works where threads are not permitted', async () => {
  const flag = ['--permission', '--experimental-permission'].find((each) =>
    process.allowedNodeEnvironmentFlags.has(each),
  )
  if (flag === undefined) throw new Error('this Node has no permission model')
  const output = await printed(builtThread, [flag, '--allow-fs-read=*'])
  expect(output).toMatch(/large searches use one thread only.*\ncompared 5000, 0 threads$/)
})
