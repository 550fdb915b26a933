// A user's program in plain JavaScript, run against the packed packages.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileBackend, fileCapabilities } from '@holdfast/backend-file'
import { PostgresBackend, postgresCapabilities } from '@holdfast/backend-postgres'
import { ConfigSchema, getBackend, loadConfig, openBackend } from '@holdfast/config'
import { errorCodes, MemoryBackend, MemoryError, parseMemoryNode } from '@holdfast/core'
import { copyMemories, verifyMemories } from '@holdfast/migrator'
import { DualRetriever, HybridSearch, LocalEmbedder } from '@holdfast/retrieval'

for (const value of [
  ConfigSchema,
  getBackend,
  loadConfig,
  errorCodes,
  MemoryBackend,
  HybridSearch,
  DualRetriever,
]) {
  assert.ok(value)
}
assert.ok(Object.isFrozen(fileCapabilities) && Object.isFrozen(postgresCapabilities))
assert.throws(() => parseMemoryNode({ humanContent: 1 }), MemoryError)

const folder = await mkdtemp(join(tmpdir(), 'holdfast-app-'))
try {
  const embedder = await LocalEmbedder.create()
  const question = 'How do I reset my password?'
  const [embedding] = await embedder.embed([question])
  const files = await FileBackend.open({ dataDir: join(folder, 'data') })
  await files.insertNode({
    tenantId: 'acme',
    humanContent: question,
    assistantContent: 'By mail.',
    embedding,
  })
  const lite = await openBackend(`pglite:${join(folder, 'pg')}`, { dimensions: embedding.length })
  assert.ok(lite instanceof PostgresBackend)
  await copyMemories({ from: files, to: lite, unowned: 'reject' })
  const report = await verifyMemories({ from: files, to: lite, unowned: 'reject' })
  assert.ok(report.equal)
  for (const backend of [files, lite]) {
    const [hit] = await backend.vectorSearch(embedding, { tenantId: 'acme' })
    assert.equal(hit.node.assistantContent, 'By mail.')
    assert.deepEqual(await backend.vectorSearch(embedding, { tenantId: 'acm' }), [])
    assert.deepEqual(await backend.vectorSearch(embedding, {}), [])
    await backend.close()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
