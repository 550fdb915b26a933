import { onDisk } from '../disk/disk-failure.js'
import { releaseAll } from '../disk/release-all.js'
import { type FileIdentity, formatBaseRecord } from '../layout/base-record.js'
import { toPositionRuns } from '../layout/position-runs.js'
import type { DataPath } from '../layout/store-paths.js'
import { pathsOf, storePaths } from '../layout/store-paths.js'
import { composeFiles } from '../publish/compose-files.js'
import { indexPublished } from '../publish/index-published.js'
import { dropCopy, keepCopy } from '../publish/kept-copy.js'
import type { FileStoreParts } from './file-store.js'

export interface PublishOptions {
  /** The generation of the last journal that holds nothing later than the state. */
  readonly upTo: number
  /** Nobody writes any more, and no journal is open. */
  readonly isLast: boolean
  /** Whether a copy is kept, from which the files can be restored. */
  readonly keepsCopy: boolean
}

/**
 * Publishes the state as it is at the call, moves what is alive to the new files, and removes the journals that are
 * contained in them.
 * @throws {MemoryError} as `Publisher.publish`; then everything is as before.
 */
export async function publishState(
  { state, base, generations, journal, publisher, cache, files, dataDir, logger }: FileStoreParts,
  { upTo, isLast, keepsCopy }: PublishOptions,
): Promise<void> {
  const [nodes, episodes] = [state.index('nodes'), state.index('episodes')]
  const captured = {
    nodes: { index: nodes, rows: nodes.all() },
    episodes: { index: episodes, rows: episodes.all() },
    settings: state.settings,
    changes: state.takeChanges(),
  }
  const { sequence } = state
  const positions = {
    nodes: toPositionRuns(positionsOf(captured.nodes), nodes.lastPosition),
    episodes: toPositionRuns(positionsOf(captured.episodes), episodes.lastPosition),
  }
  const composition = composeFiles(captured, base)
  const derived = state.derived.capture()
  let identities: ReadonlyMap<DataPath, FileIdentity> = new Map()
  const hold = generations.hold()
  try {
    await onDisk('publishing failed', () => base.identify(composition.contents))
    const written = await publisher.publish({
      contents: composition.contents,
      watchers: composition.watchers,
      states: base.states,
      base: (found) => {
        identities = found
        return formatBaseRecord({
          store: base.store,
          settings: captured.settings,
          sequence,
          generation: journal.generation,
          positions,
          files: base.identitiesWith(found),
        })
      },
    })
    const smallFiles = base.replace(written, identities, composition, sequence)
    composition.move(written)
    for (const kind of ['nodes', 'episodes'] as const) {
      const indexed = indexPublished(
        { ...captured[kind], ranges: composition.ranges[kind] },
        {
          file: written.get(pathsOf[kind].texts),
          identity: identities.get(pathsOf[kind].texts),
          ownerFromNodes: kind === 'episodes' ? derived : new Map(),
        },
      )
      if (indexed !== undefined) cache.write(kind, indexed)
    }
    const dead = [nodes.takeDead(), episodes.takeDead()] as const
    const kept = [...base.files].map(([path, file]) => (written.has(path) ? file : file.hold()))
    if (!isLast) kept.push(journal.current.hold())
    await generations.next(kept, () => {
      nodes.recycle(dead[0])
      episodes.recycle(dead[1])
    })
    await releaseAll(smallFiles)
  } catch (error) {
    state.giveBack(captured.changes)
    throw error
  } finally {
    await hold.release()
  }
  const paths = [...composition.contents.keys(), storePaths.base]
  try {
    await journal.remove(upTo)
    if (keepsCopy) await keepCopy(files, dataDir, paths)
    else await dropCopy(files, dataDir)
  } catch (error) {
    logger.warn(`what was published is complete, but something was left undone: ${String(error)}`)
  }
}

function positionsOf({
  index,
  rows,
}: {
  readonly index: { position(row: number): number }
  readonly rows: Iterable<number>
}): readonly number[] {
  return Array.from(rows, (row) => index.position(row))
}
