import { expect, it } from 'vitest'
import { nodeFileSystem } from '../../src/disk/node-file-system.js'
import { FileBackend } from '../../src/index.js'
import { between } from '../crash/between.js'
import { systemError } from '../simulated-disk/disk-faults.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const scope = { tenantId: 'a' }

it('a reader whose disk failed once, anywhere, shows everything afterwards', async () => {
  const dataDir = await temporaryDirectory()
  let isFull = false
  const disk = between(nodeFileSystem, () => ({}), {
    open: async (path, mode, permissions) => {
      if (isFull && path.includes('/stage/')) throw systemError('ENOSPC', 'open', path)
      return nodeFileSystem.open(path, mode, permissions)
    },
  })
  await using writer = await FileBackend.openIn(environmentOn(disk), { dataDir })
  let count = 0
  const write = () =>
    writer.insertNode({ id: `n${count++}`, ...scope, humanContent: 'q', assistantContent: 'a' })
  await write()
  let failures = 0
  for (let failing = 0, isOver = false; !isOver; failing++) {
    let calls = Number.NEGATIVE_INFINITY
    const files = new FaultyFileSystem(() => (calls++ === failing ? 'fail' : 'run'))
    const reader = await FileBackend.openIn(environmentOn(files), { dataDir, readOnly: true })
    expect(await reader.countNodes(scope)).toBe(count)
    await write()
    // The journal goes on in another file, without anything being published.
    isFull = true
    await expect(writer.admin.compact()).rejects.toMatchObject({ code: 'NO_SPACE' })
    isFull = false
    await write()
    calls = 0
    const outcome = await reader.countNodes(scope).catch((error: unknown) => error)
    isOver = calls <= failing
    calls = Number.NEGATIVE_INFINITY
    if (outcome instanceof Error) failures += 1
    else expect(outcome).toBe(count)
    expect(await reader.countNodes(scope), `call ${failing} failed`).toBe(count)
    await reader.close()
    expect(files.openFiles, `call ${failing} failed`).toEqual([])
  }
  expect(failures).toBeGreaterThan(5)
})
