import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import type { Session } from '../connection/session.js'
import type { Store } from '../store.js'
import { selectRows } from './read-records.js'
import type { RecordKindOf } from './record-kind.js'
import { rounds } from './rounds.js'

/** A place of a scope and how well what is there matches a search. */
export interface ScoredPlace {
  readonly position: number
  readonly score: number
}

/** A record that a search has found. */
export interface Scored<T> {
  readonly record: T
  readonly score: number
}

/** The records at these places, in their order; places that the scope does not see are left out. */
export async function recordsAt<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  places: readonly ScoredPlace[],
): Promise<Scored<T>[]> {
  const records = new Map<number, T>()
  for (const part of rounds(places)) {
    const positions = part.map(({ position }) => position)
    for (const { row } of await selectRows(session, store, kind, { access, positions })) {
      records.set(row.position, kind.read(row))
    }
  }
  return places.flatMap(({ position, score }) => {
    const record = records.get(position)
    return record === undefined ? [] : [{ record, score }]
  })
}
