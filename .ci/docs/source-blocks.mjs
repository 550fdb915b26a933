import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A comment that names a region of a source file, and the block of code below it, where there is one already. */
const marked = /^<!-- (?<file>[\w./-]+)#(?<region>[\w-]+) -->\n(?:\n```ts\n[\s\S]*?\n```\n)?/gm

/** A page with the code of every region that it names. */
export function withSource(page, root) {
  return page.replace(marked, (comment, file, region) => {
    const [head] = comment.split('\n')
    return `${head}\n\n\`\`\`ts\n${regionOf(join(root, file), region)}\n\`\`\`\n`
  })
}

/** The lines of a region, without the indentation that all of them have and without markers of other regions. */
function regionOf(file, region) {
  const lines = readFileSync(file, 'utf8').split('\n')
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  const length = lines.slice(start).findIndex((line) => line.trim() === '// #endregion')
  if (start < 0 || length < 0) throw new Error(`${file} has no region ${region}`)
  const inside = lines.slice(start + 1, start + length)
  const indents = inside.filter((line) => line !== '').map((line) => line.search(/\S/))
  return inside.map((line) => line.slice(Math.min(...indents))).join('\n')
}
