import { MemoryError } from '@holdfast/core'

/** Which row is in which cluster, and the order in which the file lists the clusters. */
export interface ClusterMembership {
  /** Cluster ids in file order. */
  readonly order: readonly number[]
  /** Cluster id of each row, NaN for none. */
  readonly clusterIds: Float64Array
}

/**
 * Parses `clusters.json`: cluster id → row indices over the whole file of nodes. Parsed by hand because `JSON.parse`
 * would sort the keys, and the order is written back as it was.
 * @throws {MemoryError} `CORRUPT` for anything else, for a row that does not exist and for one that stands twice.
 */
export function parseClusters(text: string, rows: number, name: string): ClusterMembership {
  const clusterIds = new Float64Array(rows).fill(Number.NaN)
  const order: number[] = []
  const known = new Set<number>()
  const blank = /[ \t\r\n]*/y
  const token = /"(-?\d{1,10})"|(0|[1-9]\d{0,15})(?![\d.eE])|([{}[\]:,])/y
  /** Where the current token begins. */
  let start = 0
  const damaged = (what: string) => new MemoryError('CORRUPT', `${name} ${what} (byte ${start})`)
  const next = () => {
    blank.lastIndex = token.lastIndex
    blank.exec(text)
    start = blank.lastIndex
    token.lastIndex = start
    const match = token.exec(text)
    if (match !== null) return { key: match[1], row: match[2], sign: match[3] }
    throw damaged(start === text.length ? 'is cut off' : 'is not an object of lists of row numbers')
  }
  const expect = (...signs: readonly string[]) => {
    const { sign } = next()
    if (sign === undefined || !signs.includes(sign)) throw damaged(`lacks ${signs.join(' or ')}`)
    return sign
  }
  const place = (clusterId: number, row: number) => {
    if (row >= rows) throw damaged(`puts row ${row} into cluster ${clusterId}, but there are ${rows} rows`)
    if (!Number.isNaN(clusterIds[row])) throw damaged(`lists row ${row} twice`)
    clusterIds[row] = clusterId
  }
  /** Takes the rows that a comma follows, which are nearly all there is. @returns whether there were any. */
  const placeMany = (clusterId: number) => {
    const from = token.lastIndex
    for (;;) {
      start = blanksEnd(text, token.lastIndex)
      const end = digitsEnd(text, start)
      const behind = blanksEnd(text, end)
      if (!isShortInteger(text, start, end) || text[behind] !== ',') return token.lastIndex > from
      place(clusterId, Number(text.slice(start, end)))
      token.lastIndex = behind + 1
    }
  }
  expect('{')
  for (let item = next(), isFirst = true; item.sign !== '}' || !isFirst; isFirst = false, item = next()) {
    const clusterId = Number(item.key ?? Number.NaN)
    if (!Number.isSafeInteger(clusterId) || String(clusterId) !== item.key || known.has(clusterId)) {
      throw damaged('has a key that is no cluster id of its own')
    }
    known.add(clusterId)
    order.push(clusterId)
    expect(':')
    expect('[')
    const isEmpty = !placeMany(clusterId)
    for (
      let member = next(), first = isEmpty;
      member.sign !== ']' || !first;
      first = false, member = next()
    ) {
      if (member.row === undefined) throw damaged(`has something that is no row in cluster ${clusterId}`)
      place(clusterId, Number(member.row))
      if (expect(',', ']') === ']') break
    }
    if (expect(',', '}') === '}') break
  }
  if (text.slice(token.lastIndex).trim() !== '') throw damaged('goes on after its end')
  return { order, clusterIds }
}

function blanksEnd(text: string, from: number): number {
  let at = from
  while (isBlank(text.charCodeAt(at))) at += 1
  return at
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function digitsEnd(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at += 1
  return at
}

/** Whether these digits are a number as JSON writes it, and exact. */
function isShortInteger(text: string, start: number, end: number): boolean {
  const length = end - start
  return length === 1 || (length > 1 && length <= 15 && text[start] !== '0')
}

/**
 * The text of `clusters.json` as `json.dump(indent=2)` writes it; rows ascending, clusters in the given order, new
 * ones behind them.
 */
export function formatClusters(clusterIds: Iterable<number | null>, order: readonly number[]): string {
  const members = new Map<number, number[]>(order.map((clusterId) => [clusterId, []]))
  let row = 0
  for (const clusterId of clusterIds) {
    if (clusterId !== null) {
      const list = members.get(clusterId)
      if (list) list.push(row)
      else members.set(clusterId, [row])
    }
    row += 1
  }
  const entries = [...members]
    .filter(([, list]) => list.length > 0)
    .map(([clusterId, list]) => `  "${clusterId}": [\n    ${list.join(',\n    ')}\n  ]`)
  return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n}`
}
