/**
 * ISO 8601 as Python writes it: `T` or a blank between date and time, up to microseconds, with or without an offset.
 */
const pattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)?)?$/

/**
 * Microseconds since 1970 of a timestamp, for comparing. One without an offset is read as UTC. Digits after the
 * microsecond are cut off.
 * @returns `undefined` when the text is no timestamp.
 */
export function timestampMicros(text: string): number | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z'] = match
  const day0 = new Date(0)
  day0.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (day0.getUTCMonth() !== Number(month) - 1 || day0.getUTCDate() !== Number(day)) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const millis = day0.getTime() + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'))
  return (millis - offsetMillis(offset)) * 1000 + micros
}

function offsetMillis(offset: string): number {
  if (offset === 'Z' || offset === 'z') return 0
  const digits = offset.slice(1).replaceAll(':', '').padEnd(6, '0')
  const seconds =
    Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6))
  return (offset.startsWith('-') ? -seconds : seconds) * 1000
}
