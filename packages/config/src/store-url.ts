import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MemoryError } from '@holdfast/core'
import { nearestName } from './nearest-name.js'

/** Where a store is. `connectionString` may hold a password. */
export type StoreLocation =
  | { readonly kind: 'file'; readonly dataDir: string }
  | { readonly kind: 'pglite'; readonly dataDir: string }
  | { readonly kind: 'postgres'; readonly connectionString: string }

/** What a URL may begin with. */
export const urlSchemes = ['file:', 'pglite:', 'postgres:', 'postgresql:'] as const

const forms = 'write file:./data, pglite:./data-pg or postgres://user@host/database'

/**
 * Takes a store's URL apart: `file:./data`, `file:/srv/data` or `file:///srv/data`; `pglite:` with a path in the same
 * forms; `postgres://…` or `postgresql://…`. Only the form with `//` is percent-decoded. The URL is never repeated in
 * a message: it may hold a password.
 * @param base directory that relative paths start from.
 * @throws {MemoryError} `UNKNOWN_BACKEND` for anything else, naming the nearest scheme.
 */
export function parseStoreUrl(url: string, base: string): StoreLocation {
  const [, written = '', rest = ''] = /^([a-z][a-z0-9+.-]*:)(.*)$/is.exec(url) ?? []
  const scheme = urlSchemes.find((known) => known === written.toLowerCase())
  switch (scheme) {
    case 'file:':
      return { kind: 'file', dataDir: directory(rest, scheme, base) }
    case 'pglite:':
      return { kind: 'pglite', dataDir: directory(rest, scheme, base) }
    case 'postgres:':
    case 'postgresql:':
      if (!rest.startsWith('//')) throw unknown(`a ${scheme} URL begins with ${scheme}//`)
      return { kind: 'postgres', connectionString: `${scheme}${rest}` }
    case undefined: {
      if (written === '') throw unknown(`this is not the URL of a store; ${forms}`)
      const nearest = nearestName(written, urlSchemes, 3)
      const hint = nearest === undefined ? forms : `did you mean ${nearest}?`
      throw unknown(`no backend has URLs that begin with ${JSON.stringify(written)}; ${hint}`)
    }
    default:
      throw scheme satisfies never
  }
}

/** The same URL with a relative directory in it made absolute; what is no such URL stays as it is. */
export function absoluteUrl(url: string, base: string): string {
  const match = /^(pglite:|file:)(?!\/)(.+)$/is.exec(url)
  return match === null ? url : `${match[1]}${resolve(base, match[2] ?? '')}`
}

function directory(path: string, scheme: string, base: string): string {
  if (path === '') throw unknown(`a ${scheme} URL names a directory: ${scheme}./data`)
  if (!path.startsWith('//')) return resolve(base, path)
  try {
    if (/^\/\/[^/]*\/[^?#]+$/.test(path)) return fileURLToPath(`file:${path}`)
  } catch {
    // Said below: a host, or an encoding that is no path.
  }
  throw unknown(
    `a ${scheme}// URL takes an absolute path, ${scheme}///srv/data; a relative one is ${scheme}./data`,
  )
}

function unknown(message: string): MemoryError {
  return new MemoryError('UNKNOWN_BACKEND', message)
}
