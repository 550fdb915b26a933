import { quoteIdentifier, type SchemaNames } from '../schema/schema-names.js'
import type { SchemaFact } from './schema-facts.js'

/**
 * The SQL that makes a fact true again.
 * @param fact what should be; `undefined` for nothing.
 * @param now what is.
 */
export function factStatement(
  fact: SchemaFact | undefined,
  now: SchemaFact | undefined,
  names: SchemaNames,
): readonly string[] {
  const { kind, on, name } = fact ?? now ?? { kind: 'table', on: '.', name: '' }
  const table = `${names.quoted}.${quoteIdentifier(on)}`
  const text = fact?.text ?? ''
  switch (kind) {
    case 'security':
      return [`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`]
    case 'policy': {
      const policy = `POLICY ${quoteIdentifier(name)} ON ${table}`
      const drop = now === undefined ? [] : [`DROP ${policy};`]
      return [...drop, `CREATE ${policy} ${withRoles(text, names)};`]
    }
    case 'index': {
      const drop = now === undefined ? [] : [`DROP INDEX ${names.quoted}.${quoteIdentifier(name)};`]
      if (/^CREATE UNIQUE INDEX \S+_pkey /.test(text)) return ['Put the primary key back first.']
      // The primary key has to stay the latest index of these tables: sql/000001_tables.sql says why.
      const isBesideKey = (on === 'node' || on === 'episode') && name === `${on}_owner_position`
      const renewKey = `REINDEX INDEX CONCURRENTLY ${names.quoted}.${quoteIdentifier(`${on}_pkey`)};`
      return [...drop, `${text.replace(` ON ${on} `, ` ON ${table} `)};`, ...(isBesideKey ? [renewKey] : [])]
    }
    case 'constraint': {
      const change = `ALTER TABLE ${table}`
      const drop = now === undefined ? [] : [`${change} DROP CONSTRAINT ${quoteIdentifier(name)};`]
      const definition = text.replace(/REFERENCES (\w+)\(/, `REFERENCES ${names.quoted}.$1(`)
      return [...drop, `${change} ADD CONSTRAINT ${quoteIdentifier(name)} ${definition};`]
    }
    case 'grant':
      return grantStatements(on, name, privileges(fact), privileges(now), names)
    case 'column':
    case 'table':
    case 'trigger':
    case 'function':
      return ['Copy the store into a new schema with holdfast-migrator copy, or put back a backup.']
    default:
      return kind satisfies never
  }
}

function grantStatements(
  on: string,
  name: string,
  wanted: readonly string[],
  there: readonly string[],
  names: SchemaNames,
): readonly string[] {
  const [, role = '', column] = /^(\{\{\w+\}\}|PUBLIC|.*?)(?: (\w+))?$/.exec(name) ?? []
  const grantee = role === 'PUBLIC' || role.startsWith('{{') ? withRoles(role, names) : quoteIdentifier(role)
  const kind = on === 'record_position' ? 'SEQUENCE ' : ''
  const object = on === '.' ? `SCHEMA ${names.quoted}` : `${kind}${names.quoted}.${quoteIdentifier(on)}`
  const list = (all: readonly string[]) =>
    all.map((each) => (column === undefined ? each : `${each} (${quoteIdentifier(column)})`)).join(', ')
  const missing = wanted.filter((each) => !there.includes(each))
  const extra = there
    .filter((each) => !wanted.includes(each))
    .map((each) => each.replace(' WITH GRANT OPTION', ''))
  return [
    ...(extra.length === 0 ? [] : [`REVOKE ${list(extra)} ON ${object} FROM ${grantee};`]),
    ...(missing.length === 0 ? [] : [`GRANT ${list(missing)} ON ${object} TO ${grantee};`]),
  ]
}

function privileges(fact: SchemaFact | undefined): readonly string[] {
  return fact === undefined ? [] : fact.text.split(', ')
}

function withRoles(text: string, names: SchemaNames): string {
  return text
    .replaceAll('{{app}}', quoteIdentifier(names.appRole))
    .replaceAll('{{admin}}', quoteIdentifier(names.adminRole))
}
