// Rules for dependency-cruiser: who may import whom, read off the built JavaScript.
// Run by `pnpm check:structure`.

/** Package → the packages of ours that it may import. Nothing else may be imported between packages. */
const allowed = {
  core: [],
  'backend-file': ['core'],
  'backend-postgres': ['core'],
  conformance: ['core'],
  config: ['core', 'backend-file', 'backend-postgres'],
  retrieval: ['core', 'config'],
}

const forbidden = Object.entries(allowed).map(([name, names]) => ({
  name: `${name}-imports-only-${names.join('-') || 'nothing-of-ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/dist` },
  to: {
    path: '^(packages|apps)/',
    pathNot: [name, ...names].map((each) => `^packages/${each}/`),
  },
}))

module.exports = {
  forbidden: [
    ...forbidden,
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'backends-are-loaded-lazily',
      comment: 'a user of files must never load pg, nor the other way round',
      severity: 'error',
      from: { path: '^packages/config/dist' },
      to: { path: '^packages/backend-', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'config-is-loaded-lazily',
      comment: 'retrieval works without config when it is handed a backend',
      severity: 'error',
      from: { path: '^packages/retrieval/dist' },
      to: { path: '^packages/config/', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/dist' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
        // `#test` of conformance is vitest or our own, as its package.json says.
        dependencyTypesNot: ['npm-peer', 'aliased-subpath-import'],
      },
    },
    {
      name: 'no-development-dependency',
      comment: 'what ships may import only what it installs',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/dist' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
    moduleSystems: ['es6'],
  },
}
