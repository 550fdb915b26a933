import { crc32 } from 'node:zlib'
import type { Owner } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import type { ElementColumns } from '../records/element-columns.js'
import { bytesOfPacked } from '../records/packed-text.js'
import type { CacheSource } from './cache-source.js'
import { bytesOf, checksummedPieces } from './checksummed-pieces.js'

/** Which file the columns describe. Who made them has read all of it. */
export type IndexSource = CacheSource & { readonly crc32: number }

const magic = Buffer.from('HFINDEX\n')
const formatVersion = 1
const headLength = 44
const flags = { clusterIds: 1, settled: 2 } as const

/**
 * `.holdfast/cache/nodes.index` and `episodes.index`: what has been found out about a file of records, so that an open
 * need not read it. Little-endian; nothing is aligned.
 *
 * | bytes        | what                                                                                 |
 * | ------------ | ------------------------------------------------------------------------------------ |
 * | 8            | `HFINDEX` and a line feed                                                            |
 * | 4            | version of the format, 1                                                             |
 * | 4            | flags: 1 there are cluster ids, 2 the source is settled                              |
 * | 4            | number n of elements                                                                 |
 * | 4, 4, 4      | bytes of: the source's version, all ids, the JSON at the end                         |
 * | 8, 4         | of the source: size as float64, CRC-32                                               |
 * |              | the source's version, UTF-8                                                          |
 * | n × 8        | offset of each element in the source, float64                                        |
 * | n × 8 or 0   | cluster id in its text, float64, NaN for none                                        |
 * | n × 4        | its length in bytes                                                                  |
 * | n × 4        | its CRC-32                                                                           |
 * | n × 4        | number of its owner, signed, −1 for none                                             |
 * | n × 4        | packed size of its id: see `packText`                                                |
 * |              | the ids, one after the other                                                         |
 * |              | JSON, UTF-8: `owners`, pairs of tenant and user; `ownerFromNodes`, pairs of an       |
 * |              | element's number and the ids of the nodes that decide about its owner                |
 * | 4            | CRC-32 of everything before                                                          |
 */
export function* formatIndexFile(elements: ElementColumns, source: IndexSource): Generator<Uint8Array> {
  const { count, offsets, clusterIds, lengths, checksums, owners, ids } = elements
  const version = Buffer.from(source.version)
  const tail = Buffer.from(
    JSON.stringify({
      owners: elements.ownerList.map(({ tenantId, userId }) => [tenantId, userId]),
      ownerFromNodes: [...elements.ownerFromNodes],
    }),
  )
  const head = Buffer.alloc(headLength)
  magic.copy(head)
  head.writeUInt32LE(formatVersion, 8)
  head.writeUInt32LE((clusterIds ? flags.clusterIds : 0) | (source.isSettled ? flags.settled : 0), 12)
  head.writeUInt32LE(count, 16)
  head.writeUInt32LE(version.length, 20)
  head.writeUInt32LE(ids.bytes.length, 24)
  head.writeUInt32LE(tail.length, 28)
  head.writeDoubleLE(source.size, 32)
  head.writeUInt32LE(source.crc32, 40)
  const clusters = clusterIds === undefined ? [] : [clusterIds]
  const columns = [offsets, ...clusters, lengths, checksums, owners, ids.sizes, ids.bytes]
  yield* checksummedPieces([head, version, ...columns, tail])
}

/**
 * Reads what {@link formatIndexFile} wrote.
 * @param accepts whether it describes the file that is there.
 * @returns `undefined` when that is not so, and for anything else than what was written.
 * @throws {MemoryError} when the file cannot be read.
 */
export async function readIndexFile(
  file: StoredFile,
  accepts: (source: IndexSource) => boolean,
): Promise<{ readonly elements: ElementColumns; readonly source: IndexSource } | undefined> {
  if (file.size < headLength) return undefined
  const head = Buffer.alloc(headLength)
  await file.readInto(head, 0)
  if (!head.subarray(0, 8).equals(magic) || head.readUInt32LE(8) !== formatVersion) return undefined
  const count = head.readUInt32LE(16)
  const hasClusters = (head.readUInt32LE(12) & flags.clusterIds) !== 0
  const [versionLength, idsLength, tailLength] = [20, 24, 28].map((at) => head.readUInt32LE(at))
  // Nothing is allocated for what the file does not have.
  const lengths = [versionLength ?? 0, count * (hasClusters ? 32 : 24), idsLength ?? 0, tailLength ?? 0, 4]
  if (file.size !== lengths.reduce((sum, length) => sum + length, headLength)) return undefined
  let checksum = crc32(head)
  let position = headLength
  const next = async <T extends ArrayBufferView>(into: T): Promise<T> => {
    const bytes = bytesOf(into)
    await file.readInto(bytes, position)
    position += bytes.length
    checksum = crc32(bytes, checksum)
    return into
  }
  const version = await next(Buffer.alloc(versionLength ?? 0))
  const source = {
    size: head.readDoubleLE(32),
    crc32: head.readUInt32LE(40),
    version: version.toString(),
    isSettled: (head.readUInt32LE(12) & flags.settled) !== 0,
  }
  if (!accepts(source)) return undefined
  const columns = {
    offsets: await next(new Float64Array(count)),
    clusterIds: hasClusters ? await next(new Float64Array(count)) : undefined,
    lengths: await next(new Uint32Array(count)),
    checksums: await next(new Uint32Array(count)),
    owners: await next(new Int32Array(count)),
  }
  const ids = {
    sizes: await next(new Uint32Array(count)),
    bytes: await next(new Uint8Array(idsLength ?? 0)),
  }
  const tail = await next(Buffer.alloc(tailLength ?? 0))
  const end = Buffer.alloc(4)
  await file.readInto(end, position)
  if (end.readUInt32LE() !== checksum) return undefined
  const parsed = parseTail(tail.toString())
  if (parsed === undefined) return undefined
  const elements = { count, ...columns, ids, ...parsed }
  return isConsistent(elements) ? { elements, source } : undefined
}

function parseTail(text: string): Pick<ElementColumns, 'ownerList' | 'ownerFromNodes'> | undefined {
  const { owners, ownerFromNodes } = JSON.parse(text) as Readonly<Record<string, unknown>>
  if (!Array.isArray(owners) || !Array.isArray(ownerFromNodes)) return undefined
  const ownerList: readonly Owner[] = owners.map(([tenantId, userId]) => ({ tenantId, userId }))
  return { ownerList, ownerFromNodes: new Map(ownerFromNodes) }
}

/** Whether the columns fit together: a last look at what the checksum vouches for. */
function isConsistent({ owners, ownerList, ids }: ElementColumns): boolean {
  let idBytes = 0
  for (let row = 0; row < owners.length; row++) {
    const number = owners[row] ?? -1
    if (number < -1 || number >= ownerList.length) return false
    idBytes += bytesOfPacked(ids.sizes[row] ?? 0)
  }
  return idBytes === ids.bytes.length
}
