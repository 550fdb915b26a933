import type { StoreStats } from '@holdfast/core'
import { numberOf, type Session } from '../connection/session.js'
import type { Store } from '../store.js'

/** Counts all records; bytes are those of all tables of the schema, with indexes. */
export async function storeStats(session: Session, { names }: Store): Promise<StoreStats> {
  const counts = (table: string) =>
    `SELECT count(*) AS total, count(*) FILTER (WHERE tenant_id IS NULL AND user_id IS NULL) AS unowned
     FROM ${names.quoted}.${table}`
  const { rows } = await session.query(
    `SELECT n.total, e.total, n.unowned + e.unowned, (SELECT COALESCE(sum(pg_total_relation_size(c.oid)), 0)
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
       WHERE s.nspname = $1 AND c.relkind IN ('r', 'p', 'm'))
     FROM (${counts('node')}) n, (${counts('episode')}) e`,
    [names.plain],
  )
  const [nodes, episodes, unowned, bytes] = rows[0] ?? []
  return {
    nodes: numberOf(nodes),
    episodes: numberOf(episodes),
    unowned: numberOf(unowned),
    bytes: numberOf(bytes),
  }
}
