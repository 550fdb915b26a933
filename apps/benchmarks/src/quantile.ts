/**
 * The value below which a share of the samples lies, interpolated between neighbours (method 7 of Hyndman and Fan,
 * "Sample Quantiles in Statistical Packages", 1996).
 * @param share 0 to 1; 0.5 is the median.
 * @throws {RangeError} without samples.
 */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('there is no quantile of nothing')
  const sorted = [...samples].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? below
  return below + (above - below) * (place - Math.floor(place))
}
