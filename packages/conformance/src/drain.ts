import type {
  EpisodeBatch,
  EpisodicMemory,
  ExportBatch,
  ExportedRecord,
  MemoryNode,
  NodeBatch,
} from '@holdfast/core'

/** Everything an async iterable yields. */
export async function drain<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

/** The nodes of a whole scan. */
export async function drainNodes(scan: AsyncIterable<NodeBatch>): Promise<readonly MemoryNode[]> {
  return (await drain(scan)).flatMap(({ nodes }) => nodes)
}

/** The episodes of a whole scan. */
export async function drainEpisodes(scan: AsyncIterable<EpisodeBatch>): Promise<readonly EpisodicMemory[]> {
  return (await drain(scan)).flatMap(({ episodes }) => episodes)
}

/** The records of a whole export. */
export async function drainRecords(source: AsyncIterable<ExportBatch>): Promise<readonly ExportedRecord[]> {
  return (await drain(source)).flatMap(({ records }) => records)
}
