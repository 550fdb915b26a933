/** What a peer holds and searches. */
export interface PeerData {
  /** Row-major. */
  readonly vectors: Float32Array
  readonly dimensions: number
  readonly topK: number
  /** An empty folder for what it writes. */
  readonly folder: string
}

/** Finds the rows with the highest cosine similarity, best first. */
export type PeerSearch = (query: Float32Array) => readonly number[] | Promise<readonly number[]>

/**
 * Fills a peer.
 * @param load gives a module that was installed for it.
 * @returns its ways to search, by name.
 */
export type OpenPeer = (load: NodeJS.Require, data: PeerData) => Promise<Readonly<Record<string, PeerSearch>>>

/** A view of each row. */
export function* rowsIn({ vectors, dimensions }: PeerData): Generator<Float32Array> {
  for (let at = 0; at < vectors.length; at += dimensions) yield vectors.subarray(at, at + dimensions)
}
