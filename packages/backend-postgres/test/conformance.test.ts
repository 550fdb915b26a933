import { type BackendHarness, describeMemoryBackend } from '@holdfast/conformance'
import type { MemoryBackend } from '@holdfast/core'
import { PostgresBackend, postgresCapabilities } from '../src/index.js'
import {
  type DatabaseKind,
  dropSchema,
  freshSchema,
  startDatabase,
  suiteKinds,
  type TestDatabase,
} from './support/test-database.js'

function harnessFor(kind: DatabaseKind): BackendHarness {
  const schemas = new Map<MemoryBackend, string>()
  let database: TestDatabase | undefined
  const started = (): TestDatabase => {
    if (database === undefined) throw new Error('setup has not run')
    return database
  }
  const open = async (schema: string, options: { readonly dimensions?: number }) => {
    const backend = await PostgresBackend.open({ ...started().target, ...options, schema })
    schemas.set(backend, schema)
    return backend
  }
  const schemaOf = (backend: MemoryBackend): string => {
    const schema = schemas.get(backend)
    if (schema === undefined) throw new Error('the backend is not of this harness')
    return schema
  }
  return {
    name: `PostgresBackend on ${kind}`,
    capabilities: postgresCapabilities,
    setupTimeout: 60_000,
    async setup() {
      database = await startDatabase(kind)
    },
    teardown: () => started().end(),
    create: (options = {}) => open(freshSchema(), options),
    async destroy(backend) {
      await backend.close()
      await dropSchema(started().pool, schemaOf(backend))
    },
    async reopen(backend) {
      await backend.close()
      return open(schemaOf(backend), {})
    },
    openAgain: (backend) => PostgresBackend.open({ ...started().target, schema: schemaOf(backend) }),
  }
}

for (const kind of suiteKinds) describeMemoryBackend(harnessFor(kind))
