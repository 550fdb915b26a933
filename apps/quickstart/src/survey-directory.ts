import type { MemoryBackend, ScopeSummary } from '@holdfast/core'

/** What is in a memory directory. */
export interface DirectorySurvey {
  readonly nodes: number
  readonly episodes: number
  readonly unownedNodes: number
  readonly unownedEpisodes: number
  readonly tenants: readonly ScopeSummary[]
  readonly users: readonly ScopeSummary[]
}

/** Reads a directory once, as its operator. */
export async function surveyDirectory(backend: MemoryBackend): Promise<DirectorySurvey> {
  const counts = { nodes: 0, episodes: 0 }
  const unowned = { nodes: 0, episodes: 0 }
  for await (const { kind, records } of backend.admin.exportAll()) {
    counts[kind] += records.length
    unowned[kind] += records.filter(({ owner }) => owner === undefined).length
  }
  const scopes = await backend.admin.listScopes()
  return {
    ...counts,
    unownedNodes: unowned.nodes,
    unownedEpisodes: unowned.episodes,
    tenants: scopes.filter(({ scope }) => Boolean(scope.tenantId)),
    users: scopes.filter(({ scope }) => !scope.tenantId && Boolean(scope.userId)),
  }
}
