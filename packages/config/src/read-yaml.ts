import { MemoryError } from '@holdfast/core'
import { LineCounter, parseDocument, visit } from 'yaml'

/** More aliases than this resolve into a text too large to be a configuration. */
const maxAliases = 100

/** Tags of plain data, which Python's safe loader takes too. Others ask for objects of a program. */
const dataTag = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|binary|timestamp|seq|map|set|omap|pairs))$/

/**
 * Parses YAML. Every scalar comes back as the text that stands there, so that a password `0123` or a database `on`
 * is what it looks like; only plain `null`, `~` and nothing at all are `null`. Merge keys (`<<`) work.
 *
 * A variable `${NAME}` may stand unquoted anywhere, also in `{ password: ${NAME} }`, where YAML itself would take
 * its braces for a mapping.
 * @param where the file's path, for messages.
 * @throws {MemoryError} `CONFIG_INVALID` with line and column, for a key given twice and for a tag of a program's objects too.
 */
export function readYaml(source: string, where: string): unknown {
  const braces = standInBraces(source)
  const lines = new LineCounter()
  const document = parseDocument(braces.hide(source), {
    schema: 'failsafe',
    customTags: ['null', 'merge'],
    // A pretty message quotes the line, which may hold a password.
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  })
  const error = document.errors[0]
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw invalid(`${where}:${line}:${col}: ${error.code.toLowerCase().replaceAll('_', ' ')}`)
  }
  visit(document, {
    Node(_, { tag, range }) {
      if (tag === undefined || dataTag.test(tag)) return
      const { line, col } = lines.linePos(range?.[0] ?? 0)
      throw invalid(`${where}:${line}:${col}: a tag that is none of plain data`)
    },
  })
  try {
    return document.toJS({
      maxAliasCount: maxAliases,
      reviver: (_, value: unknown) => (typeof value === 'string' ? braces.show(value) : value),
    })
  } catch {
    throw invalid(`${where}: it has an alias without an anchor, or too many aliases`)
  }
}

/**
 * Exchanges the braces of `${…}` for characters that mean nothing to YAML and do not occur in the text, one for one,
 * so that lines and columns stay.
 */
function standInBraces(source: string) {
  const open = unusedCharacter(source, 0xe000)
  const close = unusedCharacter(source, open.charCodeAt(0) + 1)
  return {
    hide: (text: string) => text.replace(/\$\{([^{}\r\n]*)\}/g, `$$${open}$1${close}`),
    show: (text: string) => text.replaceAll(open, '{').replaceAll(close, '}'),
  }
}

/** From Unicode's private use area, which means nothing to YAML. */
function unusedCharacter(source: string, from: number): string {
  for (let unit = from; unit < 0xf900; unit++) {
    const character = String.fromCharCode(unit)
    if (!source.includes(character)) return character
  }
  throw new RangeError('the text uses every private character')
}

/** Without a cause: the parser's own errors quote the text, which may hold a password. */
function invalid(message: string): MemoryError {
  return new MemoryError('CONFIG_INVALID', message)
}
