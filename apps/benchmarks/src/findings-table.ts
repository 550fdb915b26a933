import { type Finding, meetsTarget } from './finding.js'
import { quantile } from './quantile.js'

const heading = ['figure', 'reached', 'middle half of the runs', 'target', ''] as const
const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/**
 * The findings as lines of text: the median, how far the runs lie apart, and whether the target is met.
 * @param isFull false when the sizes are smaller than those the targets are meant for.
 */
export function findingsTable(findings: readonly Finding[], isFull: boolean): string {
  const rows = [heading, ...findings.map((finding) => row(finding, isFull))]
  const widths = heading.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [lines[0], rule.trimEnd(), ...lines.slice(1), ''].join('\n')
}

function row(finding: Finding, isFull: boolean): readonly string[] {
  const { name, unit, target, samples, leftOut } = finding
  const wanted = target === undefined ? '' : `${target.bound} ${numbers.format(target.value)}`
  if (samples.length === 0) {
    const why = leftOut === undefined ? '' : `left out: ${leftOut}`
    return [name, 'not measured here', '', wanted, why]
  }
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => numbers.format(quantile(samples, share)))
  const spread = samples.length > 1 ? `${low} to ${high}` : 'one run'
  const isMet = isFull ? meetsTarget(finding) : undefined
  const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED'
  return [name, `${middle} ${unit}`.trimEnd(), spread, wanted, verdict]
}
