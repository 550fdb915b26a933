import { OwnStatement, type Wire } from './own-statement.js'

/** `COPY … FROM STDIN` with these bytes. */
export class CopyStatement extends OwnStatement<void> {
  readonly #bytes: Buffer

  constructor(text: string, bytes: Buffer, patienceMs: number | undefined) {
    super(text, patienceMs)
    this.#bytes = bytes
  }

  handleCopyInResponse(): void {}

  /** A server that refuses the statement passes over the bytes (`PostgresMain` in src/backend/tcop/postgres.c). */
  protected write(wire: Wire): void {
    wire.query(this.text)
    wire.sendCopyFromChunk(this.#bytes)
    wire.endCopyFrom()
  }

  protected result(): void {}
}
