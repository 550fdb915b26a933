import { type OpenPeer, rowsIn } from './peer.js'

interface Statement {
  run(...values: readonly unknown[]): unknown
  all(...values: readonly unknown[]): readonly { readonly rowid: number }[]
}

/** What is used of `@photostructure/sqlite`, which has the interface of `node:sqlite` on every version of Node. */
interface Sqlite {
  readonly DatabaseSync: new (
    path: string,
    options: { allowExtension: true },
  ) => {
    enableLoadExtension(allow: boolean): void
    loadExtension(path: string): void
    exec(sql: string): void
    prepare(sql: string): Statement
  }
}

/** sqlite-vec's table of vectors, in memory, where it is quickest. */
export const openSqliteVec: OpenPeer = async (load, data) => {
  const sqlite: Sqlite = load('@photostructure/sqlite')
  const extension: { getLoadablePath(): string } = load('sqlite-vec')
  const database = new sqlite.DatabaseSync(':memory:', { allowExtension: true })
  database.enableLoadExtension(true)
  database.loadExtension(extension.getLoadablePath())
  database.exec(
    `CREATE VIRTUAL TABLE nodes USING vec0(embedding float[${data.dimensions}] distance_metric=cosine)`,
  )
  const insert = database.prepare('INSERT INTO nodes(rowid, embedding) VALUES (?, ?)')
  database.exec('BEGIN')
  let row = 0
  for (const vector of rowsIn(data)) insert.run(BigInt(row++), bytesOf(vector))
  database.exec('COMMIT')
  const select = database.prepare(
    `SELECT rowid FROM nodes WHERE embedding MATCH ? AND k = ${data.topK} ORDER BY distance`,
  )
  return { exact: (query) => select.all(bytesOf(query)).map(({ rowid }) => rowid) }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
