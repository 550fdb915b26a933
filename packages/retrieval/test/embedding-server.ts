import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface SeenRequest {
  readonly url: string
  readonly authorization: string | undefined
  readonly body: {
    readonly model: string
    readonly input: readonly string[]
    readonly encoding_format: string
    readonly dimensions?: number
  }
}

export type Answer = (response: ServerResponse, seen: SeenRequest) => void

/** A loopback server that gives the answers one after the other, the last one again and again. */
export class EmbeddingServer {
  readonly requests: SeenRequest[] = []
  readonly #server = createServer((request, response) => void this.#handle(request, response))
  #answers: readonly Answer[] = []

  static async start(): Promise<EmbeddingServer> {
    const server = new EmbeddingServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get baseUrl(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server is not listening')
    return `http://127.0.0.1:${address.port}/v1`
  }

  willAnswer(...answers: readonly Answer[]): void {
    this.#answers = answers
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const seen: SeenRequest = {
      url: request.url ?? '',
      authorization: request.headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    }
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length - 1)]
    this.requests.push(seen)
    answer?.(response, seen)
  }
}

/** Answers each text with `[length of the text, 1]`, in reverse order. */
export const vectors: Answer = (response, { body }) => {
  const data = body.input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 1] }))
  json(200, { object: 'list', data: data.reverse(), model: body.model })(response, {
    url: '',
    authorization: '',
    body,
  })
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

export const hangUp: Answer = (response) => void response.destroy()

/** Sends the head and some of the body, and never the rest. */
export const stall: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"data":[')
}
