import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

it('finds nothing wrong while the store is compacted, in either process', async () => {
  const dataDir = await temporaryDirectory()
  await using writer = await FileBackend.open({ dataDir })
  const write = (round: number) =>
    writer.insertNodes(
      Array.from({ length: 20 }, (_, n) => {
        return { id: `${round}-${n}`, tenantId: 'a', humanContent: 'x'.repeat(500), assistantContent: 'a' }
      }),
    )
  await write(0)
  await using reader = await FileBackend.open({ dataDir, readOnly: true })
  let isOver = false
  const problems: string[] = []
  let reports = 0
  const verify = async (store: FileBackend) => {
    for (; !isOver; reports++) problems.push(...(await store.admin.verify()).problems)
  }
  const compact = async () => {
    for (let round = 1; round <= 15; round++) {
      await write(round)
      await writer.admin.compact()
    }
    isOver = true
  }
  await Promise.all([compact(), verify(writer), verify(reader), verify(reader)])
  expect(problems).toEqual([])
  expect(reports).toBeGreaterThan(3)
  // What is wrong is found by both.
  await appendFile(join(dataDir, 'corpus/nodes.json'), ' ')
  for (const store of [writer, reader]) {
    const report = await store.admin.verify()
    expect(report.problems).toContain('another program has changed corpus/nodes.json')
  }
})
