import { maxDimensions } from '@holdfast/core'
import { numberOf, type Session } from '../connection/session.js'
import type { SchemaNames } from '../schema/schema-names.js'
import { layoutOf, layoutSetting } from '../schema/vector-layout.js'
import { type DatabaseFinding, databaseFinding } from './database-finding.js'
import { declaredDimensions } from './schema-facts.js'

export interface DimensionsCheck {
  readonly findings: readonly DatabaseFinding[]
  /** What the setting says, when that is a number of dimensions. */
  readonly dimensions: number | undefined
}

/** Compares the setting with what the columns declare. */
export async function checkDimensions(
  session: Session,
  names: SchemaNames,
  settings: ReadonlyMap<string, string>,
): Promise<DimensionsCheck> {
  const dimensions = Number(settings.get('dimensions'))
  if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > maxDimensions) {
    const declared = await declaredDimensions(session, names, 'node_vector')
    const message = `dimensions is ${settings.get('dimensions') ?? 'missing'}, which is no number of dimensions`
    const how = `INSERT INTO ${names.quoted}.setting (name, value) VALUES ('dimensions', '${declared ?? '…'}') ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value;`
    const finding = databaseFinding('SETTING_DAMAGED', `${names.plain}.setting`, message, how)
    return { findings: [finding], dimensions: undefined }
  }
  const findings: DatabaseFinding[] = []
  for (const table of ['node_vector', 'episode_vector']) {
    const declared = await declaredDimensions(session, names, table)
    if (declared === dimensions) continue
    const what = declared === undefined ? 'any number of values' : `${declared} values`
    const message = `its vectors have ${what}, the setting says ${dimensions}`
    const how =
      declared === undefined
        ? 'Copy the store into a new schema with holdfast-migrator copy.'
        : `UPDATE ${names.quoted}.setting SET value = '${declared}' WHERE name = 'dimensions'; if the vectors are the right ones.`
    findings.push(databaseFinding('DIMENSIONS_DIFFER', `${names.plain}.${table}`, message, how))
  }
  return { findings, dimensions }
}

/** Says when the setting of the layout is none that this version knows. */
export function checkLayout(
  names: SchemaNames,
  settings: ReadonlyMap<string, string>,
): readonly DatabaseFinding[] {
  if (layoutOf(settings) !== undefined) return []
  const message = `${layoutSetting} is ${settings.get(layoutSetting)}, which is no layout`
  const how = `UPDATE ${names.quoted}.setting SET value = 'rough' WHERE name = '${layoutSetting}'; if node_vector has the column rough, otherwise DELETE FROM ${names.quoted}.setting WHERE name = '${layoutSetting}';`
  return [databaseFinding('SETTING_DAMAGED', `${names.plain}.setting`, message, how)]
}

/** Counts vectors of another length, which only a column without a declared length can hold. */
export async function checkVectors(
  session: Session,
  names: SchemaNames,
  extensionSchema: string,
  dimensions: number,
): Promise<readonly DatabaseFinding[]> {
  const findings: DatabaseFinding[] = []
  for (const table of ['node_vector', 'episode_vector']) {
    if ((await declaredDimensions(session, names, table)) !== undefined) continue
    const { rows } = await session.query(
      `SELECT count(*), min(owner_key || ' / ' || id) FROM ${names.quoted}.${table}
       WHERE ${extensionSchema}.vector_dims(embedding) <> $1`,
      [dimensions],
    )
    const [count = '0', example] = rows[0] ?? []
    if (numberOf(count) === 0) continue
    const message = `${count} of its vectors have not ${dimensions} values, one of them ${example}`
    const how = `DELETE FROM ${names.quoted}.${table} WHERE ${extensionSchema}.vector_dims(embedding) <> ${dimensions};`
    findings.push(databaseFinding('DIMENSIONS_DIFFER', `${names.plain}.${table}`, message, how))
  }
  return findings
}
