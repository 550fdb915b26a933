import type { Settings } from './session.js'

/**
 * A statement, and one that makes settings for the rest of the transaction, to be sent as one text. Such a text has no
 * parameters: values, of which some come from callers, are written as the hexadecimal digits of their bytes.
 */
export function textWithSettings(statement: string, settings: Settings): string {
  if (settings.length === 0) return statement
  const calls = settings.map(
    ([name, value]) => `pg_catalog.set_config(${constant(name)}, ${constant(value)}, true)`,
  )
  return `${statement}; SELECT ${calls.join(', ')}`
}

/** Nothing but digits of the text gets into the statement, whatever the text is. */
function constant(text: string): string {
  if (/^[a-z_.,0-9]*$/.test(text)) return `'${text}'`
  const digits = Buffer.from(text).toString('hex')
  return `pg_catalog.convert_from(pg_catalog.decode('${digits}', 'hex'), 'UTF8')`
}
