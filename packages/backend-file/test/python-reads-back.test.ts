import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { directoryImage } from './support/directory-image.js'
import { python, runPython } from './support/python.js'
import { temporaryDirectory } from './support/temporary-directory.js'

const sample = fileURLToPath(new URL('../../../fixtures/sample', import.meta.url))

/** Writes every file again with Python's own writers, and says which came out differently. */
const rewrite = `
import json, sys, io, pathlib
import numpy as np
root = pathlib.Path(sys.argv[1])
report = {'differing': [], 'nodes': 0, 'vectors': []}
for path in [p for d in ('corpus', 'vectors', 'indexes') for p in sorted((root / d).iterdir())] + [root / 'manifest.json']:
    if path.suffix == '.json':
        text = json.dumps(json.loads(path.read_text(encoding='ascii')), indent=2)
        if text.encode() != path.read_bytes(): report['differing'].append(path.name)
    else:
        out = io.BytesIO()
        np.save(out, np.load(path))
        if out.getvalue() != path.read_bytes(): report['differing'].append(path.name)
report['nodes'] = len(json.load(open(root / 'corpus/nodes.json')))
report['vectors'] = list(np.load(root / 'vectors/nodes.npy').shape)
report['row'] = np.load(root / 'vectors/nodes.npy')[-1].tolist()[:3]
report['clusters'] = json.load(open(root / 'indexes/clusters.json'))
print(json.dumps(report))`

describe('the sample directory', () => {
  it('opens, finds and changes nothing', async () => {
    const root = await temporaryDirectory()
    await cp(sample, root, { recursive: true })
    const before = await directoryImage(root)
    const backend = await FileBackend.open({ dataDir: root })
    const scopes = await backend.admin.listScopes()
    expect(scopes).toContainEqual({
      scope: { tenantId: 'pedalwick' },
      nodes: 46,
      episodes: expect.any(Number),
    })
    expect(scopes).toContainEqual({
      scope: { tenantId: 'sunmarrow' },
      nodes: 41,
      episodes: expect.any(Number),
    })
    expect(scopes).toContainEqual({ scope: { userId: 'renée' }, nodes: 18, episodes: expect.any(Number) })
    const { data, nodeIds } = await backend.getEmbeddings({ tenantId: 'pedalwick' })
    const [best] = await backend.vectorSearch(data.subarray(0, 512), { tenantId: 'pedalwick' })
    expect(best?.node.id).toBe(nodeIds[0])
    expect(best?.score).toBe(1)
    await backend.close()
    expect(await directoryImage(root)).toEqual(before)
  })

  it('differs by one record after one insert', async () => {
    const root = await temporaryDirectory()
    await cp(sample, root, { recursive: true })
    const backend = await FileBackend.open({ dataDir: root })
    const node = {
      id: 'new',
      tenantId: 'pedalwick',
      humanContent: 'Größe?',
      assistantContent: '56',
      clusterId: 77,
    }
    await backend.insertNode({ ...node, embedding: new Float32Array(512).fill(0.25) })
    await backend.close()
    const [old, now] = await Promise.all(
      [sample, root].map((path) => readFile(join(path, 'corpus/nodes.json'), 'utf8')),
    )
    expect(now?.startsWith(`${old?.slice(0, -2)},\n  {\n    "id": "new",\n`)).toBe(true)
    expect(now?.endsWith('\n  }\n]')).toBe(true)
    const [oldRows, rows] = await Promise.all(
      [sample, root].map((path) => readFile(join(path, 'vectors/nodes.npy'))),
    )
    expect(rows?.subarray(128, oldRows?.length).equals(oldRows?.subarray(128) ?? Buffer.alloc(0))).toBe(true)
    expect(rows?.length).toBe((oldRows?.length ?? 0) + 2048)
    const [oldClusters, clusters] = await Promise.all(
      [sample, root].map((path) => readFile(join(path, 'indexes/clusters.json'), 'utf8')),
    )
    expect(clusters).toBe(`${oldClusters?.slice(0, -2)},\n  "77": [\n    104\n  ]\n}`)
    for (const path of ['corpus/episodes.json', 'vectors/episodes.npy']) {
      expect((await readFile(join(root, path))).equals(await readFile(join(sample, path)))).toBe(true)
    }
    const manifest = await readFile(join(root, 'manifest.json'), 'utf8')
    expect(manifest).toBe((await readFile(join(sample, 'manifest.json'), 'utf8')).replace('104', '105'))
  })
})

describe.runIf(python !== undefined)('Python', () => {
  it('would have written what we wrote into a new store', async () => {
    const root = await temporaryDirectory()
    const backend = await FileBackend.open({ dataDir: root })
    const owner = { tenantId: 'ü "quoted"', userId: 'zoë\\' }
    const content = { humanContent: 'tab\t nul\0 emoji 🙂 line\u2028 del\u007f', assistantContent: '' }
    const numbers = { small: 1e-7, large: 1e22, whole: 3, half: 0.5, list: [], nested: { a: [null, true] } }
    await backend.insertNodes([
      { id: 'n1', ...owner, ...content, clusterId: 3, metadata: numbers, embedding: [1, 2, 3] },
      { id: 'n2', userId: 'u', ...content, clusterId: -1, extra: { key: 'kept' } },
    ])
    await backend.insertEpisodes([
      { id: 'e1', ...owner, messages: [{ role: 'human', content: 'x' }], embedding: [1, 0, 0] },
    ])
    await backend.insertNodes([{ id: 'n1', ...owner, ...content, clusterId: -1, embedding: [4, 5, 6] }], {
      onConflict: 'replace',
    })
    await backend.insertNodes([{ id: 'n3', ...owner, ...content, clusterId: 3, embedding: [7, 8, 9] }])
    await backend.close()
    expect(JSON.parse(runPython(rewrite, root).toString())).toEqual({
      differing: [],
      nodes: 3,
      vectors: [3, 3],
      row: [7, 8, 9],
      clusters: { '-1': [0, 1], '3': [2] },
    })
  })

  it('would have written what we wrote into the sample', async () => {
    const root = await temporaryDirectory()
    await cp(sample, root, { recursive: true })
    const backend = await FileBackend.open({ dataDir: root })
    await backend.insertNode({ tenantId: 't', humanContent: 'q', assistantContent: 'a', clusterId: 1 })
    await backend.close()
    expect(JSON.parse(runPython(rewrite, root).toString())).toMatchObject({
      differing: [],
      nodes: 105,
      vectors: [105, 512],
    })
  })
})
