import { checkOptions } from '@holdfast/core'

const encodingFormats = ['float', 'base64'] as const
type EncodingFormat = (typeof encodingFormats)[number]

/** How to reach a model behind an OpenAI-compatible `/embeddings` endpoint, and what to expect from it. */
export interface OpenAiCompatibleOptions {
  /**
   * Everything before `/embeddings`, for example `https://api.openai.com/v1` or `http://localhost:11434/v1`. Credentials
   * in the URL are refused: use `apiKey`.
   */
  readonly baseUrl: string
  /** The model's name at that endpoint. It is stored with the data. */
  readonly model: string
  /** Values a vector has; another number in an answer is `DIMENSION_MISMATCH`. */
  readonly dimensions: number
  /** Sent as a bearer token. Never part of a message, an inspection or JSON of the embedder. */
  readonly apiKey?: string
  /** The `provider` in the stored identity. Default `openai-compatible`. */
  readonly provider?: string
  /** Asks the endpoint for `dimensions` values; only some models can shorten their vectors. Default false. */
  readonly requestDimensions?: boolean
  /** What the endpoint is asked for; both forms are understood in an answer. Default `float`. */
  readonly encodingFormat?: EncodingFormat
  /** Texts a request, 1 to 2,048. Default 128. Requests are sent one after the other. */
  readonly batchSize?: number
  /** Milliseconds for one attempt, the answer's body included. Default 30,000. A timeout is not tried again. */
  readonly timeoutMs?: number
  /** Further attempts after 429, 5xx or a broken connection. Default 3; 0 for none. */
  readonly maxRetries?: number
  /**
   * Milliseconds before the first further attempt, doubled for each one after it and multiplied by a random number
   * from 1 to 2. Default 500.
   */
  readonly retryDelayMs?: number
  /** In place of the global `fetch`, for example one with a proxy. */
  readonly fetch?: typeof globalThis.fetch
}

/** Options that were checked, with every default filled in. */
export interface ResolvedOpenAiOptions extends Required<Omit<OpenAiCompatibleOptions, 'baseUrl' | 'apiKey'>> {
  readonly url: URL
  readonly apiKey: string | undefined
}

const known = [
  'baseUrl',
  'model',
  'dimensions',
  'apiKey',
  'provider',
  'requestDimensions',
  'encodingFormat',
  'batchSize',
  'timeoutMs',
  'maxRetries',
  'retryDelayMs',
  'fetch',
] as const satisfies readonly (keyof OpenAiCompatibleOptions)[]

/** @throws {TypeError} or {RangeError} for options that cannot work; no message shows the key or the URL. */
export function resolveOpenAiOptions(options: OpenAiCompatibleOptions): ResolvedOpenAiOptions {
  checkOptions(options, known)
  return {
    url: endpoint(options.baseUrl),
    model: text(options.model, 'model'),
    dimensions: integer(options.dimensions, 'dimensions', 1, 16_000),
    apiKey: options.apiKey === undefined ? undefined : headerValue(options.apiKey),
    provider: text(options.provider ?? 'openai-compatible', 'provider'),
    requestDimensions: flag(options.requestDimensions ?? false, 'requestDimensions'),
    encodingFormat: encodingFormat(options.encodingFormat ?? 'float'),
    batchSize: integer(options.batchSize ?? 128, 'batchSize', 1, 2_048),
    timeoutMs: integer(options.timeoutMs ?? 30_000, 'timeoutMs', 1, 3_600_000),
    maxRetries: integer(options.maxRetries ?? 3, 'maxRetries', 0, 100),
    retryDelayMs: integer(options.retryDelayMs ?? 500, 'retryDelayMs', 0, 60_000),
    fetch: options.fetch ?? globalThis.fetch,
  }
}

function endpoint(baseUrl: string): URL {
  if (!URL.canParse(baseUrl)) throw new TypeError('baseUrl must be a URL such as https://api.openai.com/v1')
  const url = new URL(baseUrl)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError('baseUrl must be http or https')
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('baseUrl must not hold credentials; give the key as apiKey')
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/embeddings`
  url.hash = ''
  return url
}

function headerValue(apiKey: string): string {
  // fetch would refuse another value with an error that shows it.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new TypeError('apiKey must be printable ASCII without blanks')
  return apiKey
}

function encodingFormat(value: string): EncodingFormat {
  const format = encodingFormats.find((candidate) => candidate === value)
  if (format === undefined) throw new TypeError(`encodingFormat must be one of ${encodingFormats.join(', ')}`)
  return format
}

function flag(value: boolean, name: string): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`)
  return value
}

function text(value: string, name: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a text`)
  return value
}

function integer(value: number, name: string, min: number, max: number): number {
  if (!Number.isInteger(value)) throw new TypeError(`${name} must be an integer`)
  if (value < min || value > max) throw new RangeError(`${name} must be ${min} to ${max}, not ${value}`)
  return value
}
