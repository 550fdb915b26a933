import { FileBackend } from '@holdfast/backend-file'
import { SampleNodes } from './sample-nodes.js'

/** A durable store that a benchmark writes to, with the source of its nodes. */
export class BenchStore implements AsyncDisposable {
  readonly backend: FileBackend
  readonly nodes: SampleNodes

  private constructor(backend: FileBackend, nodes: SampleNodes) {
    this.backend = backend
    this.nodes = nodes
  }

  static async open(dataDir: string, dimensions: number, nodes: SampleNodes): Promise<BenchStore> {
    const backend = await FileBackend.open({ dataDir, dimensions, durability: 'full' })
    return new BenchStore(backend, nodes)
  }

  /** @throws {Error} when the store does not hold every node that was taken: then nothing that was measured counts. */
  async expectAll(): Promise<void> {
    const found = await this.backend.countNodes(SampleNodes.owner)
    if (found !== this.nodes.made)
      throw new Error(`the store holds ${found} nodes instead of ${this.nodes.made}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.backend.close()
  }
}
