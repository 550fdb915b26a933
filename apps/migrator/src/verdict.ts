import { plural } from './plural.js'

/** The last line of a doctor: whether anything is wrong. */
export function verdictOf({ ok, findings }: Inspected): string {
  if (ok) return 'Nothing is wrong'
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length
  return `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`
}

interface Inspected {
  readonly ok: boolean
  readonly findings: readonly { readonly severity: 'info' | 'warning' | 'error' }[]
}
