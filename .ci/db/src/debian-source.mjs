/**
 * One place that this machine takes Debian packages from.
 *
 * @typedef {object} DebianSource
 * @property {string} uri
 * @property {string | undefined} signedBy keyring files, comma separated; undefined: apt's default keyrings
 */

/**
 * @typedef {object} Entry
 * @property {readonly string[]} types
 * @property {readonly string[]} uris
 * @property {readonly string[]} suites
 * @property {readonly string[]} components
 * @property {string | undefined} signedBy
 */

/**
 * Picks Debian's own archive from apt's configuration: the entries for this release with the component
 * `main`. A vendor's repository can look the same, so those that name Debian's keyring, or a path that
 * ends in `/debian`, come first.
 *
 * @param {readonly { readonly name: string, readonly text: string }[]} files sources.list and all of sources.list.d
 * @param {string} codename of the running release, as in /etc/os-release
 * @returns {readonly DebianSource[]} best first
 */
export function findDebianSources(files, codename) {
  const entries = files.flatMap(({ name, text }) => {
    if (name.endsWith('.sources')) return parseDeb822(text)
    return name.endsWith('.list') ? parseOneLine(text) : []
  })
  const sources = entries
    .filter(
      ({ types, suites, components }) =>
        types.includes('deb') && suites.includes(codename) && components.includes('main'),
    )
    .flatMap(({ uris, signedBy }) => uris.map((uri) => ({ uri, signedBy })))
    .filter(({ uri }) => /^(https?|file|copy|mirror(\+\w+)?):/.test(uri))
  const unique = sources.filter(
    (source, index) => sources.findIndex(({ uri }) => uri === source.uri) === index,
  )
  const rank = (/** @type {DebianSource} */ { uri, signedBy }) =>
    (signedBy?.includes('debian-archive') ? 2 : 0) + (/\/debian\/?$/.test(uri) ? 1 : 0)
  return unique.sort((a, b) => rank(b) - rank(a))
}

/**
 * The line for a private sources.list with another suite of the same archive.
 *
 * @param {DebianSource} source
 * @param {string} suite
 * @param {'deb' | 'deb-src'} [type]
 */
export function sourceLine({ uri, signedBy }, suite, type = 'deb') {
  return `${type} ${signedBy === undefined ? '' : `[signed-by=${signedBy}] `}${uri} ${suite} main\n`
}

/**
 * deb822 stanzas (sources.list(5), "DEB822-STYLE FORMAT").
 *
 * @param {string} text
 * @returns {readonly Entry[]}
 */
function parseDeb822(text) {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    /** @type {Map<string, string>} */
    const fields = new Map()
    let current
    for (const line of stanza.split('\n')) {
      const start = /^([A-Za-z0-9-]+):(.*)$/.exec(line)
      if (start !== null) {
        current = (start[1] ?? '').toLowerCase()
        fields.set(current, (start[2] ?? '').trim())
      } else if (current !== undefined && /^[ \t]/.test(line)) {
        fields.set(current, `${fields.get(current)} ${line.trim()}`.trim())
      }
    }
    if (/^(no|false|without|off|disable)$/i.test(fields.get('enabled') ?? 'yes')) return []
    const list = (/** @type {string} */ name) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean)
    const keyrings = list('signed-by')
    return [
      {
        types: list('types'),
        uris: list('uris'),
        suites: list('suites'),
        components: list('components'),
        // A key can also stand in the field itself or be named by fingerprint; apt then falls back to its keyrings.
        signedBy:
          keyrings.length > 0 && keyrings.every((name) => name.startsWith('/'))
            ? keyrings.join(',')
            : undefined,
      },
    ]
  })
}

/**
 * `deb [option=value …] uri suite component…` (sources.list(5), "ONE-LINE-STYLE FORMAT").
 *
 * @param {string} text
 * @returns {readonly Entry[]}
 */
function parseOneLine(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(deb(?:-src)?)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line)
    if (match === null) return []
    const [, type = '', options = '', uri = '', suite = '', components = ''] = match
    const signedBy = /(?:^|\s)signed-by=(\/\S+)/.exec(options)?.[1]
    return [
      { types: [type], uris: [uri], suites: [suite], components: components.trim().split(/\s+/), signedBy },
    ]
  })
}
