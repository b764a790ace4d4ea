/** The layering rules of docs/architecture.md, checked on each build. */
const feature = '^shared/(?!platform/)[^/]+/'

/** Files of a feature that hold decisions alone. */
const pure = [
  ...['rules', 'lifecycle', 'messages', 'catalog', 'entry', 'markdown'],
  // The directory in memory.
  ...['ranking', 'words', 'vocabulary', 'texts', 'sphere', 'places', 'wishes', 'months', 'learned'],
  ...['visibilities', 'columns', 'best', 'region-index'],
].join('|')

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'entrances-are-not-built-on',
      comment: 'infra, functions and local are where things enter; tests and benches look in from outside',
      severity: 'error',
      from: { path: '^(shared|functions|commands|infra|local|docs)/' },
      to: { path: '^(infra|functions|commands|local|test|bench)/', pathNot: '^$1/' },
    },
    {
      name: 'infra-knows-contracts-only',
      comment: 'where it runs needs the public words and the key schema, not the program',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^shared/', pathNot: '(/contract\\.ts|^shared/platform/schema\\.ts)$' },
    },
    {
      name: 'local-knows-no-program',
      comment:
        'the local cloud runs the template; only the demo and the console speak the public contract, and the console shows what mails look like',
      severity: 'error',
      from: { path: '^local/' },
      to: {
        path: '^shared/',
        pathNot: ['/contract\\.ts$', '^shared/platform/html\\.ts$', '^shared/mail/previews\\.ts$'],
      },
    },
    {
      name: 'contract-imports-contracts',
      severity: 'error',
      from: { path: '^shared/.+/contract\\.ts$' },
      to: { pathNot: ['/contract\\.ts$', '^shared/platform/iso\\.ts$', 'node_modules/zod/'] },
    },
    {
      name: 'rules-are-pure',
      comment: 'decisions import contracts and other rules: no AWS, no clock, no randomness, no environment',
      severity: 'error',
      from: { path: `${feature}(${pure})\\.ts$` },
      to: {
        pathNot: [
          `/(contract|${pure})\\.ts$`,
          '^shared/platform/(problem|duration|calendar|iso|locale|edit-distance|folding)\\.ts$',
          // Labels are data.
          '^shared/taxonomy/[^/]+\\.json$',
        ],
      },
    },
    {
      name: 'stores-stay-below-services',
      severity: 'error',
      from: { path: `${feature}store\\.ts$` },
      to: { path: '^shared/', pathNot: [`/(contract|store|${pure})\\.ts$`, '^shared/platform/'] },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^shared/platform/' },
      to: { path: feature },
    },
    {
      name: 'not-to-dev-dep',
      comment: 'the gazetteer is compiled when functions are bundled, and no function holds what compiles it',
      severity: 'error',
      from: { path: '^(shared|functions)/', pathNot: '^shared/gazetteer/compile\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
