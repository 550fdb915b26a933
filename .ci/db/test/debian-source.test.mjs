import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findDebianSources, sourceLine } from '../src/debian-source.mjs'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const deb822 = `# the archive
Types: deb deb-src
# a comment inside the stanza
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: ${KEYRING}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: ${KEYRING}
`

test('reads a deb822 file and leaves out the security archive', () => {
  assert.deepEqual(findDebianSources([{ name: 'debian.sources', text: deb822 }], 'bookworm'), [
    { uri: 'http://mirror.example/debian', signedBy: KEYRING },
  ])
})

test('reads a one-line file with and without options', () => {
  const text = [
    '# deb http://commented.example/debian bookworm main',
    'deb-src http://source.example/debian bookworm main',
    `deb [ arch=amd64 signed-by=${KEYRING} ] https://mirror.example/debian bookworm main non-free # note`,
    'deb http://plain.example/debian/ bookworm main',
  ].join('\n')
  assert.deepEqual(findDebianSources([{ name: '/etc/apt/sources.list', text }], 'bookworm'), [
    { uri: 'https://mirror.example/debian', signedBy: KEYRING },
    { uri: 'http://plain.example/debian/', signedBy: undefined },
  ])
})

test('puts the archive before a vendor that looks like it', () => {
  const vendor = 'deb https://vendor.example/apt bookworm main\n'
  const found = findDebianSources(
    [
      { name: 'a-vendor.list', text: vendor },
      { name: 'debian.sources', text: deb822 },
    ],
    'bookworm',
  )
  assert.deepEqual(
    found.map(({ uri }) => uri),
    ['http://mirror.example/debian', 'https://vendor.example/apt'],
  )
})

test('ignores disabled stanzas, other releases, other components, cdrom and unknown files', () => {
  const files = [
    { name: 'off.sources', text: `Enabled: no\n${deb822}` },
    { name: 'other.list', text: 'deb http://x.example/debian bullseye main' },
    { name: 'stable.list', text: 'deb http://x.example/linux/debian bookworm stable' },
    { name: 'cd.list', text: 'deb cdrom:[Debian]/ bookworm main' },
    { name: 'debian.sources.disabled', text: deb822 },
  ]
  assert.deepEqual(findDebianSources(files, 'bookworm'), [])
})

test('leaves an embedded key to the default keyrings', () => {
  const text = deb822.replaceAll(
    `Signed-By: ${KEYRING}`,
    'Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .',
  )
  assert.deepEqual(findDebianSources([{ name: 'debian.sources', text }], 'bookworm'), [
    { uri: 'http://mirror.example/debian', signedBy: undefined },
  ])
})

test('writes the line for another suite', () => {
  const uri = 'http://mirror.example/debian'
  assert.equal(sourceLine({ uri, signedBy: undefined }, 'trixie'), `deb ${uri} trixie main\n`)
  assert.equal(
    sourceLine({ uri, signedBy: KEYRING }, 'trixie'),
    `deb [signed-by=${KEYRING}] ${uri} trixie main\n`,
  )
})
