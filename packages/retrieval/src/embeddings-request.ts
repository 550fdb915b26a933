import { MemoryError } from '@holdfast/core'
import { z } from 'zod'
import type { ResolvedOpenAiOptions } from './open-ai-compatible-options.js'
import { retryAfterMs } from './retry-after.js'

/** A failure that another attempt may mend. */
export class TransientFailure extends Error {
  readonly failure: MemoryError
  /** Milliseconds that the server asks to wait. */
  readonly waitMs: number

  constructor(failure: MemoryError, waitMs: number) {
    super(failure.message, { cause: failure })
    this.name = 'TransientFailure'
    this.failure = failure
    this.waitMs = waitMs
  }
}

/**
 * Sends one request and gives the parsed JSON.
 * @throws {TransientFailure} for 429, 5xx and a broken connection; {MemoryError} `TIMEOUT`, `CONNECTION`; the
 * signal's reason.
 */
export async function requestEmbeddings(
  options: ResolvedOpenAiOptions,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const { fetch } = options
  const timeout = AbortSignal.timeout(options.timeoutMs)
  try {
    const response = await fetch(options.url, {
      method: 'POST',
      // A redirect would carry the texts to a host that nobody named.
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
      },
      body: JSON.stringify({
        model: options.model,
        input: texts,
        encoding_format: options.encodingFormat,
        ...(options.requestDimensions ? { dimensions: options.dimensions } : {}),
      }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    const body = await response.text()
    if (!response.ok) throw refusal(response, body, options)
    return parseJson(body)
  } catch (error) {
    signal?.throwIfAborted()
    if (timeout.aborted) {
      throw new MemoryError('TIMEOUT', `${place(options)} did not answer within ${options.timeoutMs} ms`)
    }
    if (error instanceof MemoryError || error instanceof TransientFailure) throw error
    throw new TransientFailure(
      new MemoryError('CONNECTION', `${place(options)} cannot be reached`, { cause: error }),
      0,
    )
  }
}

function refusal(response: Response, body: string, options: ResolvedOpenAiOptions) {
  const failure = new MemoryError(
    'CONNECTION',
    `${place(options)} answered ${response.status}${explanation(response.status, body, options)}`,
  )
  if (response.status !== 429 && response.status < 500) return failure
  return new TransientFailure(failure, retryAfterMs(response.headers.get('retry-after'), Date.now()))
}

const errorBody = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) })

/** What the server says, unless it is about the key: such a text may repeat parts of it. */
function explanation(status: number, body: string, { apiKey }: ResolvedOpenAiOptions): string {
  if (status === 401 || status === 403) return ': the key is missing, wrong or not allowed to do this'
  const parsed = errorBody.safeParse(tryJson(body))
  if (!parsed.success) return ''
  const { error } = parsed.data
  const text = typeof error === 'string' ? error : error.message
  const shown = apiKey === undefined ? text : text.replaceAll(apiKey, '***')
  return `: ${shown.length > 200 ? `${shown.slice(0, 200)}…` : shown}`
}

function parseJson(body: string): unknown {
  const value = tryJson(body)
  if (value === undefined) {
    throw new MemoryError('CONNECTION', 'the embedding endpoint gave an answer that is not JSON')
  }
  return value
}

function tryJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Without the query, which may hold a key. */
function place({ url }: ResolvedOpenAiOptions): string {
  return `the embedding endpoint ${url.origin}${url.pathname}`
}
