import { formatPythonJson, type Owner, type RecordText, replaceFields } from '@holdfast/core'

/** The text of an episode that says whose it is; everything else stays as it is. `undefined` writes that it has no owner. */
export function withOwnerText(text: RecordText, owner: Owner | undefined): RecordText {
  const fields = { tenant_id: owner?.tenantId ?? null, user_id: owner?.userId ?? null }
  return replaceFields(
    text,
    new Map(Object.entries(fields).map(([key, value]) => [key, formatPythonJson(value)])),
  )
}
