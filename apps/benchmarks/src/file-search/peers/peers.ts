import type { Packages } from '../../install-packages.js'

/** Something else that finds the next vectors without a server. The first of its packages is it itself. */
export interface Peer extends Packages {
  /** Of the module in this folder that fills it. */
  readonly name: PeerName
  /** Its ways to search, with what each is called in the table. */
  readonly ways: Readonly<Record<string, string>>
  /** Compared over fewer rows, and why. */
  readonly holdsFewer?: string
}

export const peerNames = ['usearch', 'sqlite-vec', 'lancedb', 'vectra'] as const
export type PeerName = (typeof peerNames)[number]

/** What is compared with, in the order of the table. */
export function peersFor(platform: string, processor: string, isMusl: boolean): readonly Peer[] {
  return [
    {
      name: 'usearch',
      packages: ['usearch@2.26.2'],
      withOptional: false,
      ways: { f32: 'usearch 2.26.2, exact float32', int8: 'usearch 2.26.2, exact int8' },
    },
    {
      name: 'sqlite-vec',
      packages: ['sqlite-vec@0.1.9', '@photostructure/sqlite@1.2.1'],
      withOptional: true,
      ways: { exact: 'sqlite-vec 0.1.9, in memory' },
    },
    {
      name: 'lancedb',
      packages: [
        '@lancedb/lancedb@0.39.0',
        'apache-arrow@18.1.0',
        // Its other optional dependencies are hundreds of megabytes of models' runtimes.
        `@lancedb/lancedb-${lanceTarget(platform, processor, isMusl)}@0.39.0`,
      ],
      withOptional: false,
      ways: { exact: 'LanceDB 0.39.0 without an index' },
    },
    {
      name: 'vectra',
      packages: ['vectra@0.15.0'],
      withOptional: false,
      ways: { exact: 'vectra 0.15.0' },
      holdsFewer: 'its one file of JSON would be longer than the longest string',
    },
  ]
}

function lanceTarget(platform: string, processor: string, isMusl: boolean): string {
  if (platform === 'linux') return `linux-${processor}-${isMusl ? 'musl' : 'gnu'}`
  return platform === 'win32' ? `win32-${processor}-msvc` : `${platform}-${processor}`
}
