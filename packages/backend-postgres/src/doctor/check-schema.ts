import { schemaDescription } from '../generated/schema-description.js'
import { addRoughColumn, type RoughColumn } from '../schema/rough-column.js'
import { quoteIdentifier, type SchemaNames } from '../schema/schema-names.js'
import { layoutSetting, type VectorLayout } from '../schema/vector-layout.js'
import { type DatabaseFinding, type DatabaseFindingCode, databaseFinding } from './database-finding.js'
import { factStatement } from './fact-statement.js'
import { type FactKind, factKey, type SchemaFact } from './schema-facts.js'

/** The facts of a store with rough copies of its vectors that is as it should be. */
const roughFacts: readonly SchemaFact[] = schemaDescription
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [, kind = '', on = '', name = '', text = ''] =
      /^(\w+) (\.|[^.:]+)(?:\.([^:]*))?: (.*)$/.exec(line) ?? []
    return { kind: kind as FactKind, on, name, text }
  })

/** The facts of a store of this layout that is as it should be. */
export function describedFacts(layout: VectorLayout): readonly SchemaFact[] {
  if (layout === 'rough') return roughFacts
  return roughFacts
    .filter(({ kind, name }) => kind !== 'column' || name !== 'rough')
    .map((fact) => ({ ...fact, text: fact.text.replace(', toast_tuple_target={{rough_row_bytes}}', '') }))
}

const ofSecurity: ReadonlySet<FactKind> = new Set(['policy', 'grant', 'security'])

const whenDifferent: Readonly<Record<FactKind, DatabaseFindingCode>> = {
  table: 'TABLE_CHANGED',
  security: 'RLS_DISABLED',
  column: 'TABLE_CHANGED',
  constraint: 'TABLE_CHANGED',
  index: 'INDEX_CHANGED',
  policy: 'POLICY_CHANGED',
  trigger: 'TABLE_CHANGED',
  function: 'TABLE_CHANGED',
  grant: 'GRANT_CHANGED',
}

export interface SchemaCheckOptions {
  readonly rowLevelSecurity: boolean
  readonly layout: VectorLayout
  /** Of a store that has rough copies. */
  readonly column: RoughColumn
}

/**
 * Says in what a store's schema differs from the committed description, and the statement that undoes each
 * difference. What row level security needs is compared where that was set up.
 */
export function checkSchema(
  actual: readonly SchemaFact[],
  { rowLevelSecurity, layout, column }: SchemaCheckOptions,
): readonly DatabaseFinding[] {
  const { names } = column
  const wanted = describedFacts(layout)
  const counts = ({ kind }: SchemaFact) => rowLevelSecurity || !ofSecurity.has(kind)
  const found = new Map(actual.filter(counts).map((fact) => [factKey(fact), fact]))
  const described = new Map(wanted.filter(counts).map((fact) => [factKey(fact), fact]))
  const tables = new Set(wanted.map(({ on }) => on))
  const findings: DatabaseFinding[] = []
  for (const [key, fact] of described) {
    const now = found.get(key)
    if (now?.text === fact.text) continue
    // All that is missing with a table follows from that.
    if (fact.kind !== 'table' && fact.on !== '.' && !found.has(factKey({ ...fact, kind: 'table', name: '' })))
      continue
    findings.push(difference(fact, now, column))
  }
  for (const [key, fact] of found) {
    if (described.has(key)) continue
    // The index of a constraint that is not ours goes with that.
    if (fact.kind === 'index' && found.has(factKey({ ...fact, kind: 'constraint' }))) continue
    findings.push(...addition(fact, names, tables.has(fact.on)))
  }
  return findings
}

function difference(fact: SchemaFact, now: SchemaFact | undefined, column: RoughColumn): DatabaseFinding {
  const { names } = column
  const place = placeOf(fact, names)
  if (fact.kind === 'column' && fact.name === 'rough' && now === undefined) {
    const message = `it is missing, and the setting ${layoutSetting} says that the table has it`
    return databaseFinding('TABLE_CHANGED', place, message, addRoughColumn(fact.on, column))
  }
  const remedies = factStatement(fact, now, names)
  if (fact.kind === 'security') {
    const isOff = now?.text.startsWith('disabled') === true
    return isOff
      ? databaseFinding('RLS_DISABLED', place, 'row level security is off: no policy is applied', ...remedies)
      : databaseFinding('RLS_NOT_FORCED', place, "the policies do not hold the tables' owner", ...remedies)
  }
  if (now !== undefined) {
    const message = `it is ${readable(now.text, names)}, and should be ${readable(fact.text, names)}`
    return databaseFinding(whenDifferent[fact.kind], place, message, ...remedies)
  }
  const code = fact.kind === 'index' ? 'INDEX_MISSING' : whenDifferent[fact.kind]
  return databaseFinding(code, place, `it is missing: ${readable(fact.text, names)}`, ...remedies)
}

/** What a store has beyond the description. Policies are added up, so each one more widens what is seen. */
function addition(fact: SchemaFact, names: SchemaNames, isOurs: boolean): readonly DatabaseFinding[] {
  const place = placeOf(fact, names)
  const text = readable(fact.text, names)
  const say = (code: DatabaseFindingCode, message: string, ...remedies: readonly string[]) => [
    databaseFinding(code, place, message, ...remedies),
  ]
  const table = `${names.quoted}.${quoteIdentifier(fact.on)}`
  switch (fact.kind) {
    case 'policy':
      if (!isOurs) return []
      return say(
        'POLICY_CHANGED',
        `it is not ours: ${text}`,
        `DROP POLICY ${quoteIdentifier(fact.name)} ON ${table};`,
      )
    case 'grant':
      return grantAddition(fact, names, isOurs, say)
    case 'trigger': {
      if (!isOurs) return []
      const what = fact.text.startsWith('CREATE RULE') ? 'RULE' : 'TRIGGER'
      const drop = `DROP ${what} ${quoteIdentifier(fact.name)} ON ${table};`
      return say('TABLE_CHANGED', `it is not ours: ${text}`, drop)
    }
    case 'constraint': {
      if (!isOurs) return []
      const drop = `ALTER TABLE ${table} DROP CONSTRAINT ${quoteIdentifier(fact.name)};`
      return say('TABLE_CHANGED', `it is not ours: ${text}`, drop)
    }
    case 'table':
    case 'function':
      return say('SCHEMA_EXTENDED', `it is not ours: ${text}`)
    case 'column':
      return isOurs ? say('SCHEMA_EXTENDED', `it is not ours: ${text}`) : []
    case 'index': {
      // An id that is taken in another scope would be refused, which says that it is taken.
      if (!isOurs || !fact.text.startsWith('CREATE UNIQUE INDEX')) return []
      const drop = `DROP INDEX ${names.quoted}.${quoteIdentifier(fact.name)};`
      return say('TABLE_CHANGED', `it is not ours: ${text}`, drop)
    }
    case 'security':
      return []
    default:
      return fact.kind satisfies never
  }
}

function grantAddition(
  fact: SchemaFact,
  names: SchemaNames,
  isOurs: boolean,
  say: (
    code: DatabaseFindingCode,
    message: string,
    ...remedies: readonly string[]
  ) => readonly DatabaseFinding[],
): readonly DatabaseFinding[] {
  if (!isOurs && fact.on !== '.') return []
  const ofRole = /^(\{\{app\}\}|\{\{admin\}\}|PUBLIC)/.test(fact.name)
  // These go round the policies.
  const isDangerous = /TRUNCATE|TRIGGER|REFERENCES|CREATE/.test(fact.text)
  if (!ofRole && !isDangerous) return say('GRANT_EXTRA', `it may ${fact.text}; the policies give it no row`)
  return say('GRANT_CHANGED', `it may ${fact.text}, and should not`, ...factStatement(undefined, fact, names))
}

function placeOf({ kind, on, name }: SchemaFact, names: SchemaNames): string {
  const where = on === '.' ? names.plain : `${names.plain}.${on}`
  if (kind === 'table' || kind === 'security') return where
  return kind === 'grant' ? `${where} for ${readable(name, names)}` : `${kind} ${name} of ${where}`
}

function readable(text: string, names: SchemaNames): string {
  return text.replaceAll('{{app}}', names.appRole).replaceAll('{{admin}}', names.adminRole)
}
