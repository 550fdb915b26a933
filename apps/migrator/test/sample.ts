import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The sample directory in the Python layout: 104 nodes, 3 of them without an owner, and 24 episodes. */
export const sample = fileURLToPath(new URL('../../../fixtures/sample', import.meta.url))

/** Copies the sample, so that a test may damage it. */
export async function copySample(target: string): Promise<void> {
  await cp(sample, target, { recursive: true })
}

/** Every file below a directory, by its path in it. Our own folder is left out. */
export async function filesOf(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('.holdfast'))
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [path.slice(directory.length + 1), await readFile(path)] as const
      }),
    ),
  )
}

interface Owned {
  readonly id: string
  readonly tenant_id: string | null
  readonly user_id: string | null
  readonly memory_node_ids?: readonly string[]
}

/**
 * The sample without its records that nobody owns, written as Python would have: elements, rows and numbers are the
 * sample's own bytes.
 */
export async function writeOwnedSample(
  target: string,
): Promise<{ readonly nodes: number; readonly episodes: number }> {
  for (const folder of ['corpus', 'vectors', 'indexes'])
    await mkdir(join(target, folder), { recursive: true })
  const nodes = await readElements('corpus/nodes.json')
  const keptNodes = nodes.flatMap(({ tenant_id, user_id }, row) => (tenant_id || user_id ? [row] : []))
  const lost = new Set(nodes.filter((_, row) => !keptNodes.includes(row)).map(({ id }) => id))
  const episodes = await readElements('corpus/episodes.json')
  const keptEpisodes = episodes.flatMap(({ memory_node_ids: ids = [] }, row) =>
    ids.some((id) => lost.has(id)) ? [] : [row],
  )
  await writeElements(target, 'corpus/nodes.json', keptNodes)
  await writeElements(target, 'corpus/episodes.json', keptEpisodes)
  await writeRows(target, 'vectors/nodes.npy', keptNodes)
  await writeRows(target, 'vectors/episodes.npy', keptEpisodes)
  await writeClusters(target, keptNodes)
  const manifest = (await readSample('manifest.json')).toString()
  await writeFile(
    join(target, 'manifest.json'),
    manifest
      .replace(`"total_nodes": ${nodes.length}`, `"total_nodes": ${keptNodes.length}`)
      .replace(`"total_episodes": ${episodes.length}`, `"total_episodes": ${keptEpisodes.length}`),
  )
  return { nodes: keptNodes.length, episodes: keptEpisodes.length }
}

function readSample(path: string): Promise<Buffer> {
  return readFile(join(sample, path))
}

async function elementTexts(path: string): Promise<readonly string[]> {
  const text = (await readSample(path)).toString()
  // A line break cannot stand inside a JSON string, so this is where elements part.
  return text.slice('[\n  {'.length, -'\n]'.length).split(',\n  {')
}

async function readElements(path: string): Promise<readonly Owned[]> {
  return (await elementTexts(path)).map((text) => JSON.parse(`{${text}`) as Owned)
}

async function writeElements(target: string, path: string, rows: readonly number[]): Promise<void> {
  const texts = await elementTexts(path)
  await writeFile(join(target, path), `[\n  {${rows.map((row) => texts[row]).join(',\n  {')}\n]`)
}

async function writeRows(target: string, path: string, rows: readonly number[]): Promise<void> {
  const bytes = await readSample(path)
  const data = 10 + bytes.readUInt16LE(8)
  const header = bytes.subarray(0, data).toString('latin1')
  const [, count = '', columns = ''] = /\((\d+), (\d+)\)/.exec(header) ?? []
  // The header is padded with blanks to a multiple of 64 bytes, before its line break.
  const shape = `(${rows.length}, ${columns}), }`
  const written = `${header.replace(/\(\d+, \d+\), \} *\n$/, shape).padEnd(data - 1)}\n`
  if (written.length !== data || Number(count) < rows.length)
    throw new Error(`${path} has an unexpected header`)
  const size = Number(columns) * 4
  const parts = rows.map((row) => bytes.subarray(data + row * size, data + (row + 1) * size))
  await writeFile(join(target, path), Buffer.concat([Buffer.from(written, 'latin1'), ...parts]))
}

async function writeClusters(target: string, rows: readonly number[]): Promise<void> {
  const path = 'indexes/clusters.json'
  const text = (await readSample(path)).toString()
  const clusters = JSON.parse(text) as Readonly<Record<string, readonly number[]>>
  if (formatClusters(clusters) !== text) throw new Error(`${path} is not written as expected`)
  const moved = new Map(rows.map((row, index) => [row, index]))
  const entries = Object.entries(clusters).map(
    ([id, members]) => [id, members.flatMap((row) => moved.get(row) ?? [])] as const,
  )
  await writeFile(join(target, path), formatClusters(Object.fromEntries(entries)))
}

/** As the Python system writes it: clusters in the order in which their first rows come. */
function formatClusters(clusters: Readonly<Record<string, readonly number[]>>): string {
  const inOrder = Object.entries(clusters).sort(([, [a = 0]], [, [b = 0]]) => a - b)
  const texts = inOrder.map(([id, members]) => `  "${id}": [\n    ${members.join(',\n    ')}\n  ]`)
  return `{\n${texts.join(',\n')}\n}`
}
