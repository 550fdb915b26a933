/**
 * Milliseconds that a `Retry-After` header asks to wait (RFC 9110, section 10.2.3): a number of seconds or an HTTP
 * date. 0 when there is none, or none that can be read.
 */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0
  const value = header.trim()
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? 0 : Math.max(0, date - now)
}
