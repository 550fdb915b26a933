import type { Packages } from '../../install-packages.js'
import type { SampleNode } from '../sample-nodes.js'

/** A peer that is filled and asked through its own interface, all with its defaults where there is a choice. */
export interface OpenedPeer extends AsyncDisposable {
  /** Stores nodes of any tenants. */
  insert(nodes: readonly SampleNode[]): Promise<void>
  /** The ids of the nodes of a tenant next to a query, best first. */
  search(query: Float32Array, tenantId: string, topK: number): Promise<readonly string[]>
}

export interface PeerPlace {
  readonly url: string
  /** Empty, and removed at the end. */
  readonly schema: string
  readonly dimensions: number
}

/** Something else that keeps vectors in PostgreSQL for agents. */
export interface Peer extends Packages {
  /** What it is called in the table. */
  readonly label: string
  /** @param load gives a module that was installed for it. */
  open(load: NodeJS.Require, place: PeerPlace): Promise<OpenedPeer>
}

/** What a peer is told of a node beside its vector. */
export function metadataOf({ id, tenantId, userId, conversationId, sequenceIndex }: SampleNode): object {
  return { nodeId: id, tenantId, userId, conversationId, sequenceIndex }
}

export function textOf({ humanContent, assistantContent }: SampleNode): string {
  return `${humanContent}\n${assistantContent}`
}
