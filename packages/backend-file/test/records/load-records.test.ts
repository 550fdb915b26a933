import { crc32 } from 'node:zlib'
import { expect, it } from 'vitest'
import { StoredFile } from '../../src/disk/stored-file.js'
import { loadRecords } from '../../src/records/load-records.js'

it.each([1000, 700_000, 1_500_000])(
  'sums a file up whose elements stand in several chunks (%i bytes each)',
  async (size) => {
    const count = Math.ceil(4_000_000 / size)
    const nodes = Array.from({ length: count }, (_, at) => ({
      id: `node-${at}`,
      tenant_id: 'acme',
      human_content: 'x'.repeat(size + (at % 7)),
    }))
    const content = Buffer.from(`  ${JSON.stringify(nodes, undefined, 2)}\n\n`)
    const file = new StoredFile('corpus/nodes.json', content.length, {
      read: async (into: Uint8Array, position: number) => content.copy(into, 0, position),
      close: async () => {},
    } as unknown as ConstructorParameters<typeof StoredFile>[2])
    const sums: boolean[] = []
    const checksum = await loadRecords(file, 'nodes', ({ offset, length, crc32: sum }) => {
      sums.push(sum === crc32(content.subarray(offset, offset + length)))
    })
    expect(checksum).toBe(crc32(content))
    expect(sums).toEqual(nodes.map(() => true))
  },
)
