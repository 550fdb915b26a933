import { formatPythonJson, type JsonObject, type JsonValue, MemoryError } from '@holdfast/core'
import { asObject, parseJsonObject } from './json-file.js'
import { storePaths } from './store-paths.js'

/** `manifest.json` of the unified layout: where the files are, and how many records they hold. */
export type Manifest = JsonObject

const places = [
  ['corpus', 'nodes_file', storePaths.nodes],
  ['corpus', 'episodes_file', storePaths.episodes],
  ['vectors', 'nodes_file', storePaths.nodeVectors],
  ['vectors', 'episodes_file', storePaths.episodeVectors],
  ['indexes', 'clusters_file', storePaths.clusters],
] as const

/** The manifest of a store that has none yet. */
export const newManifest: Manifest = {
  version: '2.0',
  structure: 'unified',
  corpus: { nodes_file: storePaths.nodes, episodes_file: storePaths.episodes },
  vectors: { nodes_file: storePaths.nodeVectors, episodes_file: storePaths.episodeVectors },
  indexes: { clusters_file: storePaths.clusters },
}

/**
 * Checks that the manifest does not place a file elsewhere than where we read it.
 * @throws {MemoryError} `CORRUPT` when it is no object, `NOT_SUPPORTED` when it names other files.
 */
export function parseManifest(text: string, name: string): Manifest {
  const manifest = parseJsonObject(text, name)
  for (const [section, key, expected] of places) {
    if (manifest[section] === undefined) continue
    const named = asObject(manifest[section], `${name}: ${section}`)[key]
    if (named !== undefined && named !== null && named !== expected) {
      throw new MemoryError(
        'NOT_SUPPORTED',
        `${name} says ${key} is ${JSON.stringify(named)}, not ${expected}`,
      )
    }
  }
  // It came from JSON.parse.
  return manifest as Manifest
}

/** The manifest with new counts, every other key as it was; the same object when it has these counts already. */
export function withCounts(manifest: Manifest, nodes: number, episodes: number): Manifest {
  const stats = objectOr(manifest.stats)
  if (stats.total_nodes === nodes && stats.total_episodes === episodes) return manifest
  return { ...manifest, stats: { ...stats, total_nodes: nodes, total_episodes: episodes } }
}

/** The text as `json.dump(indent=2)` writes it. */
export function formatManifest(manifest: Manifest): string {
  return formatPythonJson(manifest)
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {}
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
