import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { SampleRows } from './sample-rows.js'
import { vectorFileHeader } from './vector-file.js'

/** What a data directory holds. */
export interface PythonStore {
  readonly dataDir: string
  readonly count: number
  /** Which sample row stands at a place. Default: the one of that number. */
  readonly rowAt?: (place: number) => number
  readonly tenantOf: (row: number) => string
}

const piece = 1 << 22

/** Where the vectors of a data directory are. */
export function vectorsPath(dataDir: string): string {
  return join(dataDir, 'vectors', 'nodes.npy')
}

/** Where the texts of a data directory are. */
export function nodesPath(dataDir: string): string {
  return join(dataDir, 'corpus', 'nodes.json')
}

/** The id of a sample row's node. */
export function idOf(row: number): string {
  return `node-${row}`
}

/** The opposite of {@link idOf}. */
export function rowOf(id: string): number {
  return Number(id.slice('node-'.length))
}

/**
 * Writes a data directory as the Python system leaves one (`json.dump` with an indent of 2, `numpy.save`). Nothing of
 * Holdfast is in it, and nothing of Holdfast makes it: a million nodes would take much longer through inserts.
 */
export async function writePythonStore(rows: SampleRows, store: PythonStore): Promise<void> {
  const { dataDir } = store
  await mkdir(join(dataDir, 'corpus'), { recursive: true })
  await mkdir(join(dataDir, 'vectors'), { recursive: true })
  await writeTexts(nodesPath(dataDir), rows, store)
  await writeVectors(vectorsPath(dataDir), rows, store)
}

async function writeTexts(path: string, rows: SampleRows, store: PythonStore): Promise<void> {
  await withNewFile(path, async (file) => {
    let text = '['
    for (let place = 0; place < store.count; place++) {
      text += `${place === 0 ? '' : ','}\n  ${nodeText(rows, place, store)}`
      if (text.length < piece) continue
      await file.appendFile(text)
      text = ''
    }
    await file.appendFile(`${text}\n]`)
  })
}

async function writeVectors(path: string, rows: SampleRows, store: PythonStore): Promise<void> {
  const { count, rowAt = identity } = store
  const { dimensions } = rows
  await withNewFile(path, async (file) => {
    await file.appendFile(vectorFileHeader(count, dimensions))
    const held = Math.max(1, Math.floor(piece / (4 * dimensions)))
    const vectors = new Float32Array(held * dimensions)
    for (let place = 0; place < count; place += held) {
      const added = Math.min(held, count - place)
      for (let index = 0; index < added; index++)
        rows.vector(rowAt(place + index), vectors.subarray(index * dimensions, (index + 1) * dimensions))
      await file.appendFile(new Uint8Array(vectors.buffer, 0, added * dimensions * 4))
    }
  })
}

function nodeText(rows: SampleRows, place: number, { rowAt = identity, tenantOf }: PythonStore): string {
  const row = rowAt(place)
  const { human, assistant } = rows.text(row)
  const node = {
    id: idOf(row),
    conversation_id: `conversation-${Math.floor(row / 8)}`,
    sequence_index: row % 8,
    human_content: human,
    assistant_content: assistant,
    source: 'anthropic',
    created_at: '2025-01-02T03:04:05.123456',
    user_id: `user-${row % 7}`,
    tenant_id: tenantOf(row),
    intent_type: 'question',
    complexity: 'moderate',
    technical_depth: 0,
    emotional_valence: 'neutral',
    urgency: 'low',
    conversation_mode: 'chat',
    action_required: false,
    has_code: false,
    has_error: false,
    tags: { domains: ['bench'], topics: [], entities: [], processes: [] },
    cluster_id: null,
    cluster_label: null,
    cluster_confidence: 0,
    access_count: 0,
    last_accessed: null,
  }
  return JSON.stringify(node, null, 2).replaceAll('\n', '\n  ')
}

async function withNewFile(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'ax')
  try {
    await work(file)
  } finally {
    await file.close()
  }
}

function identity(place: number): number {
  return place
}
