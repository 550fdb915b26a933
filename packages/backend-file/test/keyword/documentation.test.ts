import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { node } from './kept-words.js'

const page = join(import.meta.dirname, '../../../../docs/keyword-search.md')

it('runs the example of the page on keyword search', async () => {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/^```ts\n(.*?)^```/gms)].map(
    ([, code = '']) => code,
  )
  expect(blocks).toHaveLength(1)
  const backend = await FileBackend.open({ dataDir: await temporaryDirectory(), durability: 'off' })
  onTestFinished(() => backend.close())
  await backend.insertNodes([
    node('a', 'an invoice'),
    node('b', 'The invoice of March'),
    node('c', 'nothing'),
  ])
  const printed: unknown[][] = []
  const run = new Function('backend', 'console', `return (async () => {${blocks[0]}})()`)
  await run(backend, { log: (...values: unknown[]) => printed.push(values) })
  expect(printed).toEqual([
    [expect.any(Number), 'The invoice of March'],
    [expect.any(Number), 'an invoice'],
  ])
})
