import type { OwnerIndexReport } from '@holdfast/core'
import { plural } from './plural.js'
import { printable } from './printable-text.js'
import type { MaintainCommandReport } from './run-maintain.js'

/** What `maintain` did, as lines for a reader. */
export function maintainLines({ store, ok, indexes }: MaintainCommandReport): readonly string[] {
  if (indexes.length === 0) return [`${printable(store)}: no owner needs an index`]
  const counted = (['built', 'kept', 'dropped', 'refused'] as const)
    .map((action) => [indexes.filter((index) => index.action === action).length, action] as const)
    .filter(([number]) => number > 0)
    .map(([number, action]) => `${number} ${action}`)
  const refused = ok ? '' : '; searches of the owners with a refused one compare every vector'
  return [
    ...indexes.map(indexLine),
    `${printable(store)}: ${indexes.length} ${indexes.length === 1 ? 'index' : 'indexes'}: ${counted.join(', ')}${refused}`,
  ]
}

function indexLine({ owner, kind, action, rows, recall, seconds, reason }: OwnerIndexReport): string {
  const name = owner?.tenantId ?? owner?.userId
  const whose = name === undefined || name === null ? 'nobody' : printable(name)
  const found = recall === undefined ? '' : `, found ${recall.toFixed(3)} of the true nearest`
  const took = seconds === 0 ? '' : ` in ${seconds.toFixed(1)} s`
  return `${whose}, ${kind}: ${action}${took} (${printable(reason)}); ${plural(rows, 'vector')}${found}`
}
