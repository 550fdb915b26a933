import type pg from 'pg'
import type { QueryablePool, Statement } from '../../src/index.js'

/** A node of a plan, as EXPLAIN gives it. */
export interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Plan[]
}

/** What a plan read from a table, and how much of it was passed over. */
export interface Visit {
  readonly kind: string
  readonly relation: string
  readonly rows: number
  readonly removed: number
  readonly condition: string
}

/** Everything that a plan read from tables. */
export function visitsOf(plan: Plan): readonly Visit[] {
  const below = (plan.Plans ?? []).flatMap(visitsOf)
  const relation = plan['Relation Name']
  if (relation === undefined) return below
  const visit = {
    kind: plan['Node Type'],
    relation,
    rows: plan['Actual Rows'] * plan['Actual Loops'],
    removed:
      ((plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)) *
      plan['Actual Loops'],
    condition: plan['Index Cond'] ?? '',
  }
  return [visit, ...below]
}

/** A pool that has every statement on tables explained, in the transaction and with the role it runs with, before it is run. */
export function watching(pool: pg.Pool): { readonly pool: QueryablePool; readonly plans: Plan[] } {
  const plans: Plan[] = []
  const watched: QueryablePool = {
    async connect() {
      const client = await pool.connect()
      return {
        async query(statement: Statement) {
          if (/^\s*(SELECT|WITH|UPDATE|DELETE)\b.*\b(FROM|UPDATE)\b/s.test(statement.text)) {
            // To explain is to run it, which must not count.
            await client.query('SAVEPOINT explained')
            const text = `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`
            const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(text, statement.values)
            const plan = rows[0]?.['QUERY PLAN'][0]?.Plan
            if (plan !== undefined) plans.push(plan)
            await client.query('ROLLBACK TO SAVEPOINT explained')
          }
          return client.query(statement as unknown as pg.QueryArrayConfig)
        },
        on: client.on.bind(client),
        removeListener: client.removeListener.bind(client),
        release: (destroy?: Error | boolean) => client.release(destroy),
      }
    },
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  }
  return { pool: watched, plans }
}
