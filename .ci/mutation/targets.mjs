/** What is mutated, and the tests that must notice. They are the ones next to the code, so that a mutant takes seconds. */
export const targets = [
  {
    name: 'scope resolution',
    files: ['packages/core/src/scope.ts', 'packages/core/src/owner.ts'],
    tests: ['scope', 'owner', 'fail-secure', 'parse-node'].map(
      (name) => `packages/core/test/${name}.test.ts`,
    ),
  },
  {
    name: 'cursor',
    files: ['packages/core/src/cursor.ts', 'packages/core/src/export-cursor.ts'],
    tests: ['cursor', 'admin'].map((name) => `packages/core/test/${name}.test.ts`),
  },
  {
    name: 'filter',
    files: ['packages/core/src/node-filter.ts'],
    tests: ['node-filter', 'arguments'].map((name) => `packages/core/test/${name}.test.ts`),
  },
  {
    name: 'options of pages, scans and searches',
    files: ['packages/core/src/resolve-options.ts'],
    tests: ['options', 'arguments', 'cursor'].map((name) => `packages/core/test/${name}.test.ts`),
  },
  {
    name: 'top k',
    files: [
      'packages/backend-file/src/search/top-k.ts',
      'packages/backend-file/src/search/kth-largest.ts',
      'packages/backend-postgres/src/search/top-scores.ts',
    ],
    tests: [
      'packages/backend-file/test/search/top-k.test.ts',
      'packages/backend-postgres/test/top-scores.test.ts',
    ],
  },
]
