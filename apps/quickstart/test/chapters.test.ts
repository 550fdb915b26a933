import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBackend } from '@holdfast/config'
import type { MemoryBackend } from '@holdfast/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { askAgain } from '../src/chapters/ask-again.js'
import { askFiles } from '../src/chapters/ask-files.js'
import { askOther } from '../src/chapters/ask-other.js'
import { chooseQuestions } from '../src/choose-questions.js'
import { Narrator } from '../src/narrator.js'
import type { Story } from '../src/story.js'

const sample = fileURLToPath(new URL('../../../fixtures/sample', import.meta.url))
const cast = { asking: { tenantId: 'pedalwick' }, other: { tenantId: 'sunmarrow' } }

describe('the claims of the story', () => {
  let folder: string
  let source: MemoryBackend
  let told: string
  let story: Story

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-chapters-'))
    source = await openBackend({ paths: { dataDir: sample } }, { readOnly: true })
  })
  afterAll(async () => {
    await source.close()
    await rm(folder, { recursive: true })
  })
  beforeEach(async () => {
    told = ''
    const write = (text: string) => {
      told += text
    }
    const narrator = new Narrator({ columns: 80, isInteractive: false, hasColors: false, write })
    story = { narrator, source, cast, plan: await chooseQuestions(source, cast.asking, true) }
  })

  it('hold for the same memories', async () => {
    const answers = await askFiles(story)
    expect(await askAgain(story, source, answers)).toBe(true)
    expect(await askOther(story, source, answers)).toBe(true)
    expect(told).not.toContain('✗')
  })

  it('do not hold when the other store scores differently', async () => {
    const answers = await askFiles(story)
    await using bent = await bentSample(join(folder, 'bent'))
    expect(await askAgain(story, bent, answers)).toBe(false)
    expect(told).toMatch(/✗ Question 1: the answer is another one/)
  })

  it('do not hold when somebody else gets the memories', async () => {
    const answers = await askFiles(story)
    const careless = { ...story, cast: { ...cast, other: cast.asking } }
    expect(await askOther(careless, source, answers)).toBe(false)
    expect(told).toMatch(/✗ \d+ memories of tenant pedalwick came back\./)
  })
})

/** The sample with one number of every node vector changed a little. */
async function bentSample(path: string): Promise<MemoryBackend> {
  await cp(sample, path, { recursive: true })
  const file = join(path, 'vectors/nodes.npy')
  const bytes = await readFile(file)
  for (let at = 10 + bytes.readUInt16LE(8); at < bytes.length; at += 2048) {
    bytes.writeFloatLE(bytes.readFloatLE(at) + 0.01, at)
  }
  await writeFile(file, bytes)
  return openBackend({ paths: { dataDir: path } }, { readOnly: true })
}
