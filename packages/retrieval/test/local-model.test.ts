import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.doUnmock('@energetic-ai/embeddings')
  vi.resetModules()
})

it('says why an installed model could not be started, and starts it at the next call', async () => {
  const initModel = vi
    .fn()
    .mockRejectedValueOnce(new Error('weights are cut off'))
    .mockResolvedValueOnce({ embed: () => Promise.resolve([1]) })
  vi.doMock('@energetic-ai/embeddings', () => ({ initModel }))
  vi.resetModules()
  const { loadLocalModel } = await import('../src/local-model.js')
  await expect(loadLocalModel()).rejects.toMatchObject({
    code: 'CONNECTION',
    message: 'the local embedding model could not be started: weights are cut off',
  })
  await expect((await loadLocalModel()).embed('text')).resolves.toEqual([1])
})
