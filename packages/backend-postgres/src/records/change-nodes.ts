import {
  type ClusterAssignment,
  type MemoryNode,
  patchedText,
  type RecordText,
  type ResolvedPatch,
} from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { accessOfOwner } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import type { Session } from '../connection/session.js'
import { rewriteWords } from '../keyword/store-words.js'
import type { Store } from '../store.js'
import { float8Array, int4Array, textArray } from './binary-array.js'
import { selectRows } from './read-records.js'
import { nodeColumnValues } from './record-columns.js'
import { nodeKind } from './record-kind.js'
import { storableKeys, toStoredText } from './stored-text.js'
import { removeVectorsCommand, vectorsCommand } from './vector-commands.js'

/** Changes some fields of a node; the rest of its text stays byte for byte. Where two owners of a user hold the id, it is the first inserted. */
export async function updateNode(
  session: Session,
  store: Store,
  access: Access,
  id: string,
  patch: ResolvedPatch,
): Promise<boolean> {
  await lockById(session, store, access, [id])
  const [found] = await selectRows(session, store, nodeKind, { access, id, limit: 1 })
  if (found === undefined) return false
  const current = nodeKind.read(found.row)
  const node: MemoryNode = { ...current, ...patch.fields, extra: { ...current.extra, ...patch.extra } }
  const text = patchedText(nodeKind.exported(found.row).text, patch)
  await rewriteNode(session, store, access, found.row.position, node, text)
  if (patch.fields.humanContent !== undefined || patch.fields.assistantContent !== undefined) {
    await rewriteWords(session, store, access, found.row.position, node)
  }
  if (patch.embedding === undefined) return true
  const { owner, position } = found.row
  await session.become(accessOfOwner(owner))
  const removing = removeVectorsCommand(store, nodeKind, [{ owner, record: node }])
  await session.query(removing.text, removing.values)
  const storing = vectorsCommand(store, nodeKind, [
    { owner, record: node, position, embedding: patch.embedding ?? undefined },
  ])
  if (storing !== undefined) await session.query(storing.text, storing.values)
  return true
}

/** Adds 1 to the access count of nodes and sets when. */
export async function recordAccess(
  session: Session,
  store: Store,
  access: Access,
  ids: readonly string[],
  at: string,
): Promise<void> {
  await lockById(session, store, access, ids)
  const parameters = new Parameters()
  await session.query(
    `UPDATE ${store.names.quoted}.node n
     SET access_count = n.access_count + 1, last_accessed = ${parameters.add(at)}, touched = true
     WHERE ${parameters.access(access, 'n')} AND n.position IN (${firstOfEach(store, access, parameters, ids)})`,
    parameters.values,
  )
}

/** Puts nodes into clusters; of two entries for one id the later one counts. What an entry leaves out stays. */
export async function assignClusters(
  session: Session,
  store: Store,
  access: Access,
  entries: readonly ClusterAssignment[],
): Promise<number> {
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const last = storableKeys([...byId.keys()]).flatMap((id) => byId.get(id) ?? [])
  const ids = last.map(({ id }) => id)
  await lockById(session, store, access, ids)
  const parameters = new Parameters()
  const labels = last.map(({ label }) => (label === undefined ? null : toStoredText(label)))
  // NaN stands for "not given": it cannot come from a caller.
  const confidences = last.map(({ confidence }) => confidence ?? Number.NaN)
  const { rowCount } = await session.query(
    `UPDATE ${store.names.quoted}.node n
     SET cluster_id = u.cluster_id, cluster_label = COALESCE(u.label, n.cluster_label), touched = true,
       cluster_confidence = CASE WHEN u.confidence = 'NaN' THEN n.cluster_confidence ELSE u.confidence END
     FROM unnest(${parameters.add(textArray(ids))}::text[],
       ${parameters.add(int4Array(last.map(({ clusterId }) => clusterId)))}::integer[],
       ${parameters.add(textArray(labels))}::text[],
       ${parameters.add(float8Array(confidences))}::double precision[]) AS u(id, cluster_id, label, confidence)
     WHERE ${parameters.access(access, 'n')} AND n.id = u.id
       AND n.position IN (${firstOfEach(store, access, parameters, ids)})`,
    parameters.values,
  )
  return rowCount
}

async function rewriteNode(
  session: Session,
  store: Store,
  access: Access,
  position: number,
  node: MemoryNode,
  text: RecordText,
): Promise<void> {
  const parameters = new Parameters()
  const columns = nodeColumnValues([node])
  const assignments = columns.map(({ name, type, expression, values }) => {
    const element = `(${parameters.add(values)}::${type})[1]`
    return `${name} = ${expression?.(element) ?? element}`
  })
  await session.query(
    `UPDATE ${store.names.quoted}.node n
     SET ${assignments.join(', ')}, touched = false, record = ${parameters.add(text)}
     WHERE ${parameters.access(access, 'n')} AND n.position = ${parameters.add(position)}`,
    parameters.values,
  )
}

/** Makes concurrent changes of the same nodes wait; always in the same order, so that none waits for each other. */
async function lockById(
  session: Session,
  store: Store,
  access: Access,
  ids: readonly string[],
): Promise<void> {
  const parameters = new Parameters()
  await session.query(
    `SELECT 1 FROM ${store.names.quoted}.node n
     WHERE ${parameters.access(access, 'n')} AND n.id = ANY(${parameters.add(textArray(storableKeys(ids)))}::text[])
     ORDER BY n.position FOR UPDATE`,
    parameters.values,
  )
}

/** In a user's scope two owners may hold one id; what reads return is what is changed: the first inserted. */
function firstOfEach(store: Store, access: Access, parameters: Parameters, ids: readonly string[]): string {
  return `SELECT min(f.position) FROM ${store.names.quoted}.node f
    WHERE ${parameters.access(access, 'f')} AND f.id = ANY(${parameters.add(textArray(storableKeys(ids)))}::text[])
    GROUP BY f.id`
}
