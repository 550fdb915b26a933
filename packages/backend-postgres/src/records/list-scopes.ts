import type { ScopeSummary } from '@holdfast/core'
import { numberOf, type Session, textOf } from '../connection/session.js'
import type { Store } from '../store.js'

/** Every tenant, then every user, that sees something; each kind in code unit order. */
export async function listScopes(session: Session, store: Store): Promise<readonly ScopeSummary[]> {
  const tenants = await countBy(session, store, 'tenant_id')
  const users = await countBy(session, store, 'user_id')
  return [
    ...tenants.map(([tenantId, counts]) => ({ scope: { tenantId }, ...counts })),
    ...users.map(([userId, counts]) => ({ scope: { userId }, ...counts })),
  ]
}

type Counted = readonly [string, { readonly nodes: number; readonly episodes: number }]

async function countBy(
  session: Session,
  store: Store,
  column: 'tenant_id' | 'user_id',
): Promise<readonly Counted[]> {
  const part = (table: string, nodes: string, episodes: string) =>
    `SELECT ${column} AS name, ${nodes} AS nodes, ${episodes} AS episodes
     FROM ${store.names.quoted}.${table} WHERE ${column} IS NOT NULL GROUP BY ${column}`
  const { rows } = await session.query(
    `SELECT name, sum(nodes)::bigint, sum(episodes)::bigint
     FROM (${part('node', 'count(*)', '0')} UNION ALL ${part('episode', '0', 'count(*)')}) counted GROUP BY name`,
  )
  return rows
    .map(
      ([name, nodes, episodes]): Counted => [
        textOf(name),
        { nodes: numberOf(nodes), episodes: numberOf(episodes) },
      ],
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
