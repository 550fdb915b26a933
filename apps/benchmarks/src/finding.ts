import { quantile } from './quantile.js'

/** What a figure is meant to be. */
export interface Target {
  readonly bound: 'at most' | 'at least'
  readonly value: number
}

/** One figure that a benchmark found. */
export interface Finding {
  readonly name: string
  /** '' for a ratio. */
  readonly unit: string
  readonly target?: Target
  /** One figure for each repetition; what is reported is their median. Empty when it cannot be measured here. */
  readonly samples: readonly number[]
  /** Why it was not measured. */
  readonly leftOut?: string
}

/** Says of figures why they were not measured. */
export function leftOut(findings: readonly Finding[], why: string): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, samples: [], leftOut: why }))
}

/** `undefined` when the figure could not be measured or has no target. */
export function meetsTarget({ target, samples }: Finding): boolean | undefined {
  if (target === undefined || samples.length === 0) return undefined
  const reached = quantile(samples, 0.5)
  return target.bound === 'at most' ? reached <= target.value : reached >= target.value
}
