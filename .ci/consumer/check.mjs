// Checks what a user gets: every package packed, linted as a package, installed with npm into an empty folder outside
// the workspace, imported from plain JavaScript and from strict TypeScript. Run by `pnpm check:consumer`.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const bin = (name) => join(root, 'node_modules/.bin', name)
const temp = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'))

function run(command, args, cwd = root) {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, npm_config_loglevel: 'error', NODE_PATH: '', DATABASE_URL: '' },
    })
  } catch (error) {
    console.error(`${command} ${args.join(' ')} failed\n${error.stdout ?? ''}${error.stderr ?? ''}`)
    throw error
  }
}

function step(text) {
  console.log(`consumer: ${text}`)
}

/** Packages that are published: not private ones. */
function published() {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => !manifest.private)
}

function pack({ folder, manifest }) {
  const before = new Set(readdirSync(temp))
  run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', temp], folder)
  const file = readdirSync(temp).find((name) => name.endsWith('.tgz') && !before.has(name))
  const tarball = join(temp, file)
  run(bin('publint'), ['run', tarball, '--strict'])
  run(bin('attw'), [tarball, '--profile', 'esm-only'])
  step(`${manifest.name} packed, publint and attw clean`)
  return tarball
}

function install(name, dependencies) {
  const folder = join(temp, name)
  cpSync(join(here, name), folder, { recursive: true })
  const manifest = { name: `holdfast-${name}`, private: true, type: 'module', dependencies }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  run('npm', ['install', '--no-audit', '--no-fund'], folder)
  return folder
}

/** What npm installed: nothing may run at install time, nothing may be compiled for one platform. */
function refuseNative(folder) {
  const modules = join(folder, 'node_modules')
  const offenders = []
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && entry.name.endsWith('.node')) offenders.push(`${path} is a native addon`)
    if (!entry.isFile() || entry.name !== 'package.json') continue
    const parent = dirname(path)
    if (!/node_modules\/(@[^/]+\/)?[^/]+$/.test(parent)) continue
    const { scripts = {}, gypfile } = JSON.parse(readFileSync(path, 'utf8'))
    for (const script of ['preinstall', 'install', 'postinstall']) {
      if (scripts[script]) offenders.push(`${parent} has the script ${script}: ${scripts[script]}`)
    }
    if (gypfile) offenders.push(`${parent} has a binding.gyp`)
  }
  if (offenders.length > 0) throw new Error(`installed for a user:\n${offenders.join('\n')}`)
  step('no native addon and no install script among what npm installed')
}

try {
  const packages = published()
  const tarballs = new Map(packages.map((each) => [each.manifest.name, `file:${pack(each)}`]))
  const manifests = new Map(packages.map(({ manifest }) => [manifest.name, manifest]))
  const conformance = '@holdfast/conformance'
  const peers = Object.assign(
    {},
    ...[...manifests.values()]
      .filter(({ name }) => name !== conformance)
      .map((each) => each.peerDependencies),
  )
  for (const name of tarballs.keys()) delete peers[name]
  const runtime = Object.fromEntries([...tarballs].filter(([name]) => name !== conformance))

  const app = install('app', { ...runtime, ...peers })
  refuseNative(app)
  const nodes = [process.execPath]
  if (process.env.CI) nodes.push(run('npx', ['-y', '-p', 'node@24', 'node', '-p', 'process.execPath']).trim())
  for (const node of nodes) {
    const version = run(node, ['--version']).trim()
    run(node, ['app.js'], app)
    run(node, ['node_modules/@holdfast/migrator/dist/cli.js', '--help'], app)
    step(`imported and used from plain JavaScript on Node ${version}`)
  }

  const typescript = install('typescript', {
    ...Object.fromEntries(tarballs),
    ...peers,
    ...manifests.get(conformance).peerDependencies,
    typescript: '^5.9.0',
    '@types/node': '^20.19.0',
    '@types/pg': '^8.0.0',
  })
  run('npx', ['tsc', '-p', '.'], typescript)
  step('compiled from strict TypeScript 5.9')
  run('npx', ['vitest', 'run'], typescript)
  step('conformance suite run by a project outside the workspace')

  const bare = install('conformance', {
    [conformance]: tarballs.get(conformance),
    '@holdfast/core': tarballs.get('@holdfast/core'),
    '@holdfast/backend-file': tarballs.get('@holdfast/backend-file'),
  })
  refuseNative(bare)
  if (existsSync(join(bare, 'node_modules/vitest'))) throw new Error('the command line brought vitest along')
  const npx = ['--no-install', conformance, '--json']
  const right = JSON.parse(run('npx', [...npx, './harness.js'], bare))
  if (!right.passed || right.counts.passed < 150) throw new Error('the suite did not run on files')
  step(`npx ${conformance} without a test runner: ${right.counts.passed} passed`)
  const wrong = spawnSync('npx', [...npx, './wrong-harness.js'], { cwd: bare, encoding: 'utf8' })
  const failed = JSON.parse(wrong.stdout).tests.filter(({ outcome }) => outcome === 'failed')
  if (wrong.status !== 1 || !failed.some(({ suite }) => suite === 'scope isolation')) {
    throw new Error(`a wrong backend ended with ${wrong.status}: ${wrong.stdout}${wrong.stderr}`)
  }
  if (spawnSync('npx', npx, { cwd: bare }).status !== 2) throw new Error('wrong usage did not end with 2')
  step('a wrong backend ends with 1, wrong usage with 2')
} finally {
  rmSync(temp, { recursive: true, force: true })
}
