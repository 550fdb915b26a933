import type { Config } from './config.js'

const mask = '[redacted]'

/** A configuration that can be shown: `password` is masked, and so is everything in `url` that may be one. */
export function redactConfig(config: Config): Config {
  const { password, url, replicaUrl } = config.memory.postgres
  return {
    ...config,
    memory: {
      ...config.memory,
      postgres: {
        ...config.memory.postgres,
        ...(url === undefined ? {} : { url: redactUrl(url) }),
        ...(replicaUrl === undefined ? {} : { replicaUrl: redactUrl(replicaUrl) }),
        ...(password === undefined ? {} : { password: mask }),
      },
    },
  }
}

/**
 * A store's URL that can be shown: the password is masked, and so are the query and the fragment, where drivers take
 * passwords too. A URL whose parts cannot be told apart is masked but for its scheme.
 */
export function redactUrl(url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0]
  if (scheme === undefined) return mask
  const rest = url.slice(scheme.length)
  if (['file:', 'pglite:'].includes(scheme.toLowerCase())) return url
  const parts = /^\/\/(?:([^:@/?#]*)(:[^@/?#]*)?@)?([^@?#]*)(\?[^#]*)?(#.*)?$/.exec(rest)
  if (parts === null) return `${scheme}${mask}`
  const [, user, password, place = '', query, fragment] = parts
  const login = user === undefined ? '' : `${user}${password === undefined ? '' : `:${mask}`}@`
  return `${scheme}//${login}${place}${query === undefined ? '' : `?${mask}`}${fragment === undefined ? '' : `#${mask}`}`
}
