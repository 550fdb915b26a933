/**
 * ISO 8601 as Python writes it: `T` or a blank between date and time, up to microseconds, with or without an offset.
 */
const pattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)?)?$/

/**
 * Microseconds since 1970 of a timestamp, for comparing. One without an offset is read as UTC. Digits after the
 * microsecond are cut off. Exact from 1684 to 2255; beyond, the nearest float64, at most 16 µs off and never out of
 * order.
 * @returns `undefined` when the text is no timestamp of the years 1 to 9999.
 */
export function timestampMicros(text: string): number | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z'] = match
  if (year === '0000') return undefined
  const day0 = new Date(0)
  day0.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (day0.getUTCMonth() !== Number(month) - 1 || day0.getUTCDate() !== Number(day)) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const offsetMs = offsetMillis(offset)
  if (offsetMs === undefined) return undefined
  const millis = day0.getTime() + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'))
  return (millis - offsetMs) * 1000 + micros
}

/** An offset is less than a day, as in Python. */
function offsetMillis(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0
  const digits = offset.slice(1).replaceAll(':', '').padEnd(6, '0')
  const [hours, minutes, rest] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)].map(Number)
  if (hours === undefined || minutes === undefined || rest === undefined) return undefined
  if (hours > 23 || minutes > 59 || rest > 59) return undefined
  const seconds = hours * 3600 + minutes * 60 + rest
  return (offset.startsWith('-') ? -seconds : seconds) * 1000
}
