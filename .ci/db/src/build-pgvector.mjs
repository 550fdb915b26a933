import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { mustRun } from './command.mjs'
import { Failure } from './failure.mjs'
import { phase } from './phases.mjs'

/**
 * Builds pgvector from Debian's source package for a server whose release has none. It needs `cc` and `dpkg-source`
 * (Debian: gcc, dpkg-dev) on this machine, and the server's headers in the folder.
 *
 * @param {object} options
 * @param {string} options.description the `.dsc` file, beside the archives that it names
 * @param {string} options.root folder with the unpacked server and its headers
 * @param {string} options.version of the server
 */
export async function buildPgvector({ description, root, version }) {
  await phase(`built ${basename(description, '.dsc')} for PostgreSQL ${version}`, async () => {
    const source = `${description}.source`
    await mustRun('dpkg-source', ['--no-check', '-x', description, source], { what: 'unpack pgvector' })
    const control = await readFile(join(source, 'vector.control'), 'utf8')
    const release = /^default_version = '([\d.]+)'$/m.exec(control)?.[1]
    if (release === undefined) throw new Failure('the source of pgvector names no version')
    const code = (await readdir(join(source, 'src'))).filter((name) => name.endsWith('.c'))
    const library = join(root, `usr/lib/postgresql/${version}/lib/vector.so`)
    const headers = join(root, `usr/include/postgresql/${version}/server`)
    await mustRun(
      'cc',
      [
        ...['-O2', '-ftree-vectorize', '-fassociative-math', '-fno-signed-zeros', '-fno-trapping-math'],
        ...['-w', '-fPIC', '-shared', `-I${headers}`, '-o', library],
        ...code.map((name) => join(source, 'src', name)),
      ],
      { what: 'build pgvector' },
    )
    const extensions = join(root, `usr/share/postgresql/${version}/extension`)
    await mkdir(extensions, { recursive: true })
    await copyFile(join(source, 'vector.control'), join(extensions, 'vector.control'))
    await copyFile(join(source, 'sql/vector.sql'), join(extensions, `vector--${release}.sql`))
  })
}
