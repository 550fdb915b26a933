import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session } from '../connection/session.js'
import { deleteWithWords } from '../keyword/delete-with-words.js'
import type { Store } from '../store.js'
import { textArray } from './binary-array.js'
import type { RecordKindOf } from './record-kind.js'
import { storableKeys } from './stored-text.js'

/** Deletes what the scope sees of these ids, or all it sees, with the vectors; resolves to the number of records. */
export async function deleteRecords<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  ids?: readonly string[],
): Promise<number> {
  const parameters = new Parameters()
  const scope = parameters.access(access, 'r')
  const named =
    ids === undefined ? '' : `AND r.id = ANY(${parameters.add(textArray(storableKeys(ids)))}::text[])`
  const statement = `DELETE FROM ${store.names.quoted}.${kind.table} r WHERE ${scope} ${named}`
  const { rows } = await session.query(
    deleteWithWords(store, {
      table: kind.table,
      statement,
      ...(kind.table === 'node' ? { scope: parameters.access(access, 'w') } : {}),
      result: 'SELECT count(*) FROM gone',
    }),
    parameters.values,
  )
  return numberOf(rows[0]?.[0])
}
