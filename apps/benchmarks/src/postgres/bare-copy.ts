import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { nodeTables } from './store-tables.js'

/** Statement and its stream: what pg-copy-streams makes, and `pg` takes. */
interface CopyStreams {
  from(text: string): Writable & pg.Submittable
  to(text: string): Readable & pg.Submittable
}

/** What COPY would be told of each table, in its binary form. */
export type CopiedTables = readonly { readonly text: string; readonly bytes: Buffer }[]

const piece = 1 << 16

/** COPY through `pg`, by a package that is installed for it. */
export class BareCopy {
  readonly #streams: CopyStreams

  /** @param folder where pg-copy-streams is installed. */
  constructor(folder: string) {
    this.#streams = createRequire(join(folder, 'package.json'))('pg-copy-streams') as CopyStreams
  }

  /**
   * Reads what a store holds as COPY writes it, and says how the same tables of another schema take it.
   * @param first place in the order of the nodes, from 0, of the first that is read, and how many are.
   */
  async read(
    bare: pg.Pool,
    source: string,
    target: string,
    first: number,
    count: number,
  ): Promise<CopiedTables> {
    const copied: { text: string; bytes: Buffer }[] = []
    const client = await bare.connect()
    try {
      for (const { name, columns } of await nodeTables(client, source)) {
        const names = columns.map((column) => column.name).join(', ')
        const reading = client.query(
          this.#streams.to(
            `COPY (SELECT ${names} FROM ${source}.${name} ORDER BY position OFFSET ${first} LIMIT ${count}) TO STDOUT (FORMAT binary)`,
          ),
        )
        const text = `COPY ${target}.${name} (${names}) FROM STDIN (FORMAT binary)`
        copied.push({ text, bytes: await buffer(reading) })
      }
    } finally {
      client.release()
    }
    return copied
  }

  /** Transaction by transaction, one COPY a table each, from bytes that are there already. */
  async write(client: pg.PoolClient, transactions: readonly CopiedTables[]): Promise<void> {
    for (const tables of transactions) {
      await client.query('BEGIN')
      for (const { text, bytes } of tables)
        await pipeline(pieces(bytes), client.query(this.#streams.from(text)))
      await client.query('COMMIT')
    }
  }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
}
