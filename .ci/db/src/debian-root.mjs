import { existsSync } from 'node:fs'
import { mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { buildPgvector } from './build-pgvector.mjs'
import { mustRun } from './command.mjs'
import { downloadPackages } from './debian-packages.mjs'
import { Failure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { phase } from './phases.mjs'
import { processesIn } from './processes-in.mjs'

/**
 * The user and group that the server runs as inside its folder: PostgreSQL refuses to run as root. Debian
 * gives the range 30000–59999 to nobody (Debian Policy, 9.2.2), so no account of the machine can be meant.
 */
export const SERVER_UID = 59417

/** The same path for every version: `current` is a link. */
export const BINARIES = '/usr/lib/postgresql/current/bin'

/** Half of the size and most of the files, and no program reads them. */
const NOT_NEEDED = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'usr/share/lintian',
]

/**
 * Makes sure that the folder with the unpacked server is there, and whole.
 *
 * @param {import('./server-versions.mjs').ServerVersion} version
 * @param {ReturnType<typeof import('./places.mjs').cachePlaces>} cache
 * @returns {Promise<string>} path of the folder to change root into
 */
export async function ensureRoot(version, cache) {
  await mkdir(cache.folder, { recursive: true })
  // The server's user must be able to read what root unpacks, whatever root's habits are.
  const previousMask = process.umask(0o022)
  try {
    return await withLock(cache.lock, () => findOrBuild(version, cache))
  } finally {
    process.umask(previousMask)
  }
}

/**
 * @param {import('./server-versions.mjs').ServerVersion} version
 * @param {ReturnType<typeof import('./places.mjs').cachePlaces>} cache
 * @returns {Promise<string>}
 */
async function findOrBuild(version, cache) {
  // Written last: a folder with a manifest is whole.
  if (existsSync(cache.manifest)) return cache.root
  const users = await realpath(cache.root).then(processesIn, () => [])
  if (users.length > 0) throw new Failure(`servers of another build still run from ${cache.folder}`)
  // What a killed build left behind.
  for (const name of await readdir(cache.folder)) {
    await rm(join(cache.folder, name), { recursive: true, force: true })
  }
  const build = join(cache.folder, 'build')
  const download = join(build, 'download')
  const root = join(build, 'root')
  await mkdir(download, { recursive: true })
  await mkdir(root, { recursive: true })
  const { packages, source } = await phase(`downloaded PostgreSQL ${version.version} and pgvector`, () =>
    downloadPackages(download, version),
  )
  await phase(`unpacked ${packages.length} packages`, () => unpack(packages, root))
  await furnish(root)
  await mustRun('ln', ['-s', version.version, join(root, 'usr/lib/postgresql/current')], {
    what: 'link the server',
  })
  if (source !== undefined) {
    await buildPgvector({ description: source, root, version: version.version })
  }
  await mustRun('chroot', [root, `${BINARIES}/postgres`, '--version'], { what: 'run the unpacked server' })
  const control = join(root, `usr/share/postgresql/${version.version}/extension/vector.control`)
  if (!existsSync(control)) throw new Failure('the downloaded packages hold no pgvector')
  await rename(root, cache.root)
  await rm(build, { recursive: true, force: true })
  const manifest = { packages: packages.map((file) => basename(file, '.deb')) }
  await writeFile(cache.manifest, `${JSON.stringify(manifest, null, 2)}\n`)
  return cache.root
}

/**
 * @param {readonly string[]} packages
 * @param {string} root
 */
async function unpack(packages, root) {
  const unpackOne = (/** @type {string} */ file) =>
    mustRun('dpkg-deb', ['-x', file, root], { what: `unpack ${basename(file)}` })
  // base-files brings the links bin, lib, lib64 and sbin, which the other packages write through.
  const first = packages.filter((file) => basename(file).startsWith('base-files_'))
  const queue = packages.filter((file) => !first.includes(file))
  for (const file of first) await unpackOne(file)
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await unpackOne(file)
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
  await Promise.all(NOT_NEEDED.map((name) => rm(join(root, name), { recursive: true, force: true })))
}

/**
 * What the packages' install scripts and the kernel would have made.
 *
 * @param {string} root
 */
async function furnish(root) {
  for (const name of ['dev/shm', 'tmp', 'srv/holdfast']) await mkdir(join(root, name), { recursive: true })
  const shell = join(root, 'usr', 'bin', 'sh')
  await mustRun('ln', ['-sfn', 'dash', shell], { what: 'link /bin/sh' })
  await mustRun('chmod', ['1777', join(root, 'tmp'), join(root, 'dev', 'shm')], { what: 'open /tmp' })
  // Major and minor numbers: Linux, Documentation/admin-guide/devices.txt.
  for (const [name, minor] of /** @type {const} */ ([
    ['null', '3'],
    ['zero', '5'],
    ['random', '8'],
    ['urandom', '9'],
  ])) {
    const file = join(root, 'dev', name)
    await mustRun('mknod', ['-m', '666', file, 'c', '1', minor], { what: `make /dev/${name}` })
  }
  await writeFile(
    join(root, 'etc', 'passwd'),
    `root:x:0:0::/root:/bin/sh\npostgres:x:${SERVER_UID}:${SERVER_UID}::/srv/holdfast:/bin/sh\n`,
  )
  await writeFile(join(root, 'etc', 'group'), `root:x:0:\npostgres:x:${SERVER_UID}:\n`)
}
