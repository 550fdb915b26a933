import { formatPythonJson, PythonFloat, type RecordText, replaceFields } from '@holdfast/core'
import type { Overlay } from './record-columns.js'

/** A node's text with the values that stand beside it put in; everything else stays byte for byte. */
export function overlaidText(text: RecordText, overlay: Overlay | undefined): RecordText {
  if (overlay === undefined) return text
  const { access, cluster } = overlay
  const fields = new Map<string, string>()
  if (access !== undefined) {
    fields.set('access_count', formatPythonJson(access.count))
    fields.set('last_accessed', formatPythonJson(access.lastAccessed))
  }
  if (cluster !== undefined) {
    fields.set('cluster_id', formatPythonJson(cluster.id))
    if (cluster.label !== null) fields.set('cluster_label', formatPythonJson(cluster.label))
    if (!Number.isNaN(cluster.confidence)) {
      fields.set('cluster_confidence', formatPythonJson(new PythonFloat(cluster.confidence)))
    }
  }
  return replaceFields(text, fields)
}
