import { formatPythonJson, type Owner, type RecordText } from '@holdfast/core'

/**
 * The text of an episode with its owner written behind its last key; everything before that stays as it is.
 * `undefined` writes that it has none.
 */
export function withOwnerText(text: RecordText, owner: Owner | undefined): RecordText {
  const end = /\s*\}\s*$/.exec(text)
  if (end === null) throw new TypeError('the text is no JSON object')
  const head = text.slice(0, end.index)
  const separator = head.endsWith('{') ? '' : ','
  const tenant = formatPythonJson(owner?.tenantId ?? null)
  const user = formatPythonJson(owner?.userId ?? null)
  return `${head}${separator}\n    "tenant_id": ${tenant},\n    "user_id": ${user}${end[0]}`
}
