/**
 * The cursor of a scan: the position of the last record seen, made opaque so that nobody computes with it. It holds
 * nothing of a scope: used in another scope it shows that scope's records after the same position and nothing more.
 */
export function encodeCursor(position: number): string {
  return Buffer.from(`1:${position}`, 'latin1').toString('base64url')
}

/** @throws {TypeError} when the text was not made by {@link encodeCursor}. */
export function decodeCursor(cursor: string): number {
  const position = Number(Buffer.from(cursor, 'base64url').toString('latin1').slice(2))
  if (!Number.isSafeInteger(position) || position < 0 || encodeCursor(position) !== cursor) {
    throw new TypeError('after must be the cursor of an earlier batch')
  }
  return position
}
