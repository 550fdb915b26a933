import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { expectTyped } from './expect-typed.js'
import { RemoteStore } from './remote-store.js'

/** A shell that allows so many open files. A program needs more while it is loaded than when it runs. */
const withDescriptorLimit = (count: number) => ['bash', '-c', `ulimit -n ${count}; exec "$@"`, 'bash']

it('is opened with the kernel lock or not at all, however few files may be opened', async () => {
  const dataDir = await temporaryDirectory()
  const child = RemoteStore.start({ through: withDescriptorLimit(256) })
  const descriptors = async () => {
    const names = await child.ask('files', 'readdirSync', '/proc/self/fd')
    return Array.isArray(names) ? names.length : 0
  }
  const before = await descriptors()
  let refused = 0
  for (let free = 0; ; free++) {
    expect(free).toBeLessThan(60)
    await child.ask('descriptors', 'fill', free)
    const outcome = await child.call('process', 'open', { dataDir }).outcome
    await child.ask('descriptors', 'empty')
    if (outcome.kind === 'value') break
    expectTyped(outcome, 'CONNECTION')
    refused += 1
    expect(await descriptors(), `with ${free} free`).toBe(before)
  }
  // The control: some of these attempts got as far as the lock.
  expect(refused).toBeGreaterThan(8)
  // Nor has it forgotten who it is, for having found no descriptor to look.
  const owner: unknown = JSON.parse(await readFile(join(dataDir, '.holdfast/owner.json'), 'utf8'))
  expect(owner).toMatchObject({
    hasKernelLock: true,
    startTime: expect.stringMatching(/^\d+$/),
    bootId: expect.stringMatching(/^[\w-]{36}$/),
    pidNamespace: expect.stringContaining('pid:'),
  })
  await child.ask('store', 'close')
})
