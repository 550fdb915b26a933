import fc from 'fast-check'
import { type Call, call, given, options } from './call.js'
import * as values from './values.js'

const { scope, id } = values
const ids = fc.array(id, { maxLength: 3 })
const conflict = options({ onConflict: fc.constantFrom('error', 'ignore', 'replace') })
const assignment = fc
  .tuple(
    fc.record({ id, clusterId: fc.integer({ min: -1, max: 3 }) }, { noNullPrototype: true }),
    options({ label: fc.constantFrom('one', ''), confidence: fc.constantFrom(0, 0.25, 1) }),
  )
  .map(([fixed, free]) => ({ ...fixed, ...free }))

export const insertNodes = call(
  'insertNodes',
  [values.nodes, conflict],
  (m, nodes, o) => m.insertNodes(nodes, o),
  (b, nodes, o) => b.insertNodes(given(nodes), o),
)

export const insertEpisodes = call(
  'insertEpisodes',
  [values.episodes, conflict],
  (m, episodes, o) => m.insertEpisodes(episodes, o),
  (b, episodes, o) => b.insertEpisodes(given(episodes), o),
)

export const updateNode = call(
  'updateNode',
  [scope, id, values.patch],
  (m, s, i, patch) => m.updateNode(s, i, patch),
  (b, s, i, patch) => b.updateNode(given(s), i, given(patch)),
)

export const recordAccess = call(
  'recordAccess',
  [scope, ids],
  (m, s, i) => m.recordAccess(s, i),
  (b, s, i) => b.recordAccess(given(s), i),
)

export const assignClusters = call(
  'assignClusters',
  [scope, fc.array(assignment, { maxLength: 3 })],
  (m, s, entries) => m.assignClusters(s, entries),
  (b, s, entries) => b.assignClusters(given(s), given(entries)),
)

export const deleteNodes = call(
  'deleteNodes',
  [scope, ids],
  (m, s, i) => m.deleteNodes(s, i),
  (b, s, i) => b.deleteNodes(given(s), i),
)

export const deleteEpisodes = call(
  'deleteEpisodes',
  [scope, ids],
  (m, s, i) => m.deleteEpisodes(s, i),
  (b, s, i) => b.deleteEpisodes(given(s), i),
)

export const deleteScope = call(
  'deleteScope',
  [scope],
  (m, s) => m.deleteScope(s),
  (b, s) => b.deleteScope(given(s)),
)

/** Any write; inserts come often enough that the others find something. */
export const anyWrite: fc.Arbitrary<Call> = fc.oneof(
  { weight: 8, arbitrary: insertNodes },
  { weight: 3, arbitrary: insertEpisodes },
  { weight: 3, arbitrary: updateNode },
  { weight: 1, arbitrary: recordAccess },
  { weight: 2, arbitrary: assignClusters },
  { weight: 2, arbitrary: deleteNodes },
  { weight: 1, arbitrary: deleteEpisodes },
  { weight: 1, arbitrary: deleteScope },
)
