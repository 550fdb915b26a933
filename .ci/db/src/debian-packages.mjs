import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './command.mjs'
import { findDebianSources, sourceLine } from './debian-source.mjs'
import { Failure } from './failure.mjs'

/**
 * The shell and coreutils are for initdb, which starts its helpers through /bin/sh.
 *
 * @param {import('./server-versions.mjs').ServerVersion} version
 */
const packagesOf = ({ version, pgvectorSource }) => [
  pgvectorSource === undefined ? `postgresql-${version}-pgvector` : `postgresql-server-dev-${version}`,
  ...[`postgresql-${version}`, 'pgbouncer', 'base-files', 'dash', 'bash', 'coreutils'],
]

/**
 * The machine's own hooks (cleaning of its package cache, messages to its package manager) must not run
 * for a private download.
 */
const HOOKS = [
  'APT::Update::Pre-Invoke',
  'APT::Update::Post-Invoke',
  'APT::Update::Post-Invoke-Success',
  'DPkg::Pre-Invoke',
  'DPkg::Post-Invoke',
  'DPkg::Pre-Install-Pkgs',
]

/**
 * @typedef {object} Downloaded
 * @property {readonly string[]} packages the package files
 * @property {string | undefined} source description (`.dsc`) of the source of pgvector, when it has to be built
 */

/**
 * Downloads the server with everything it depends on. apt works in a state of its own below `folder`, as if
 * nothing were installed, and checks signatures as always; the machine's packages are not touched.
 *
 * @param {string} folder an existing, empty folder
 * @param {import('./server-versions.mjs').ServerVersion} version
 * @returns {Promise<Downloaded>}
 */
export async function downloadPackages(folder, version) {
  const codename = await readCodename()
  const sources = findDebianSources(await readSourceFiles(), codename)
  if (sources.length === 0) {
    throw new Failure(`apt has no source for Debian ${codename} main, so there is no mirror to ask`)
  }
  await prepareApt(folder)
  /** @type {unknown} */
  let lastError
  for (const source of sources) {
    try {
      return await downloadFrom(folder, source, version)
    } catch (error) {
      lastError = error
    }
  }
  throw lastError
}

/**
 * @param {string} folder
 * @param {import('./debian-source.mjs').DebianSource} source
 * @param {import('./server-versions.mjs').ServerVersion} version
 * @returns {Promise<Downloaded>}
 */
async function downloadFrom(folder, source, version) {
  const { suite, pgvectorSource } = version
  const lines = [
    sourceLine(source, suite),
    ...(pgvectorSource === undefined ? [] : [sourceLine(source, pgvectorSource, 'deb-src')]),
  ]
  await writeFile(join(folder, 'sources.list'), lines.join(''))
  const apt = (/** @type {readonly string[]} */ args) =>
    mustRun('apt-get', ['-c', join(folder, 'apt.conf'), '-q', '-y', ...args], {
      env: { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
      what: `get PostgreSQL ${version.version} from Debian ${suite}`,
      cwd: folder,
    })
  // Without this option a mirror that cannot be reached is only a warning.
  await apt(['update', '--error-on=any'])
  await apt(['install', '--download-only', ...packagesOf(version)])
  const archives = join(folder, 'cache', 'archives')
  const names = (await readdir(archives)).filter((name) => name.endsWith('.deb')).sort()
  const packages = names.map((name) => join(archives, name))
  if (pgvectorSource === undefined) return { packages, source: undefined }
  await apt(['source', '--download-only', 'pgvector'])
  const description = (await readdir(folder)).find((name) => name.endsWith('.dsc'))
  if (description === undefined) throw new Failure(`Debian ${pgvectorSource} has no source of pgvector`)
  return { packages, source: join(folder, description) }
}

/** @param {string} folder */
async function prepareApt(folder) {
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    await mkdir(join(folder, name), { recursive: true })
  }
  await writeFile(join(folder, 'status'), '')
  // apt downloads as its own user when that user can reach the folder.
  await chmod(folder, 0o755)
  const settings = {
    'Dir::State': folder,
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Cache::archives': join(folder, 'cache', 'archives'),
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'APT::Install-Recommends': 'false',
    'APT::Default-Release': '',
    'APT::Keep-Downloaded-Packages': 'true',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  }
  const lines = [
    ...HOOKS.map((name) => `#clear ${name};`),
    ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`),
  ]
  await writeFile(join(folder, 'apt.conf'), `${lines.join('\n')}\n`)
}

async function readSourceFiles() {
  const folder = '/etc/apt/sources.list.d'
  const parts = await readdir(folder).catch(() => /** @type {string[]} */ ([]))
  const names = ['/etc/apt/sources.list', ...parts.sort().map((name) => join(folder, name))]
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(name, 'utf8').catch(() => '') })),
  )
  return files
}

async function readCodename() {
  const release = await readFile('/etc/os-release', 'utf8')
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1]
  if (codename === undefined) throw new Failure('/etc/os-release names no Debian release')
  return codename
}
