/** The layering rules of docs/architecture.md, checked on each build. */
import { impureLibraryFiles, layers, libraries, modules } from './modules.ts'

const libraryNames = Object.keys(libraries)
const library = `^shared/(${libraryNames.join('|')})/`
const impureLibrary = `^shared/(${impureLibraryFiles.join('|')})\\.ts$`
const face = '(index|rules|contract)\\.ts$'
const pure = `^shared/([^/]+/(rules|contract)|[^/]+/[^/]+/(${[...layers.rules, ...layers.contract].join('|')})|search/[^/]+)\\.ts$`
const store = `^shared/.+/(${layers.store.join('|')})\\.ts$`
const names = Object.keys(modules)
/** Files outside the tests that may import `test/fixtures/`. No function bundles these: test/infra/bundles.test.ts. */
const showsSamples = '^(local/main\\.ts$|docs/)'
/** The files that fill figures of the bench into the documents. */
const showsFigures = '^docs/(figures|bench-tables)\\.ts$'

/** One rule per module: it imports itself, the libraries, and the faces of the modules that it lists. */
const moduleRules = Object.entries(modules).map(([name, { uses }]) => ({
  name: `module-${name}`,
  comment: `${name} may use ${uses.join(', ') || 'no other module'} (modules.ts), through their public faces`,
  severity: 'error',
  from: { path: `^shared/${name}/` },
  to: {
    path: '^shared/',
    pathNot: [
      `^shared/${name}/`,
      library,
      ...(uses.length > 0 ? [`^shared/(${uses.join('|')})/${face}`] : []),
    ],
  },
}))

/** The places for files of `local/`. */
const localFolders =
  '^local/(runtime/[^/]+|aws/[^/]+/[^/]+|console/[^/]+|demo/[^/]+|main)\\.ts$|^local/start\\.js$'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-cycles-between-modules',
      severity: 'error',
      scope: 'folder',
      from: { path: '^shared/[^/]+$' },
      to: { circular: true },
    },
    ...moduleRules,
    {
      name: 'libraries-are-leaves',
      severity: 'error',
      from: { path: library },
      to: { path: '^shared/', pathNot: library },
    },
    {
      name: 'every-file-has-a-module',
      comment: 'a folder of shared/ that modules.ts does not list',
      severity: 'error',
      from: { path: '^shared/', pathNot: `^shared/(${[...libraryNames, ...names].join('|')})/` },
      to: {},
    },
    {
      name: 'own-face-is-for-others',
      comment: 'inside a module, files import each other and not the face, which would make a cycle',
      severity: 'error',
      from: { path: '^shared/([^/]+)/[^/]+/' },
      to: { path: `^shared/$1/${face}` },
    },
    {
      name: 'outside-through-faces',
      comment: 'functions, commands, infra, local and docs use the modules through their public faces',
      severity: 'error',
      from: { path: '^(functions|commands|infra|local|docs)/' },
      to: { path: '^shared/', pathNot: [library, `^shared/[^/]+/${face}`] },
    },
    {
      name: 'entrances-are-not-built-on',
      comment: 'infra, functions and local are where things enter; tests and benches look in from outside',
      severity: 'error',
      from: { path: '^(shared|functions|commands|infra|local|docs)/', pathNot: showsSamples },
      to: { path: '^(infra|functions|commands|local|test|bench)/', pathNot: '^$1/' },
    },
    {
      name: 'samples-are-fixtures',
      comment: 'the local console and the generated docs show sample mails, which are fixtures of the tests',
      severity: 'error',
      from: { path: showsSamples, pathNot: showsFigures },
      to: {
        path: '^(infra|functions|commands|local|test|bench)/',
        pathNot: ['^(local|docs)/', '^test/fixtures/'],
      },
    },
    {
      name: 'documents-show-figures',
      comment: 'the documents get their figures from the results of the bench',
      severity: 'error',
      from: { path: showsFigures },
      to: {
        path: '^(infra|functions|commands|local|test|bench)/',
        pathNot: '^bench/(report|results|summary)\\.ts$',
      },
    },
    {
      name: 'infra-knows-contracts-only',
      comment: 'where it runs needs the public words and the key schema, not the program',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^shared/', pathNot: ['/contract\\.ts$', library] },
    },
    {
      name: 'local-knows-no-program',
      comment: 'the local cloud runs the template; only the demo and the console use public contracts',
      severity: 'error',
      from: { path: '^local/' },
      to: {
        path: '^shared/',
        pathNot: ['/contract\\.ts$', '^shared/(kernel/principal|text/html|time/duration)\\.ts$'],
      },
    },
    {
      name: 'local-emulators-know-no-contract',
      comment: 'what stands in for AWS serves any template; only the identity provider knows the roles',
      severity: 'error',
      from: { path: '^local/(runtime|aws)/', pathNot: '^local/aws/cognito/' },
      to: { path: '^shared/' },
    },
    {
      name: 'local-services-are-below-console',
      comment: 'an emulated service works without the console and the demo',
      severity: 'error',
      from: { path: '^local/aws/' },
      to: { path: '^local/(console|demo|main\\.ts$)' },
    },
    {
      name: 'local-cloud-composes',
      comment:
        'of runtime/, only cloud.ts knows the services and the console; the rest is what they are built on',
      severity: 'error',
      from: { path: '^local/runtime/', pathNot: '^local/runtime/cloud\\.ts$' },
      to: { path: '^local/(aws|console|demo|main\\.ts$)' },
    },
    {
      name: 'local-demo-is-on-top',
      comment: 'the demo is seeded through the API of a running cloud',
      severity: 'error',
      from: { path: '^local/', pathNot: '^local/(demo/|main\\.ts$)' },
      to: { path: '^local/demo/' },
    },
    {
      name: 'local-files-have-a-folder',
      comment: 'runtime/, aws/<service>/, console/ or demo/; the entry main.ts alone stands outside',
      severity: 'error',
      from: { path: '^local/', pathNot: localFolders },
      to: {},
    },
    {
      name: 'local-files-have-a-folder-when-imported',
      severity: 'error',
      from: {},
      to: { path: '^local/', pathNot: localFolders },
    },
    {
      name: 'contract-imports-contracts',
      severity: 'error',
      from: { path: '^shared/.+/contract\\.ts$' },
      to: {
        pathNot: [
          '/contract\\.ts$',
          '^shared/kernel/',
          '^shared/persistence/schema\\.ts$',
          'node_modules/zod/',
        ],
      },
    },
    {
      name: 'rules-are-pure',
      comment: 'decisions import contracts and other rules: no AWS, no clock, no randomness, no environment',
      severity: 'error',
      from: { path: pure, pathNot: '/contract\\.ts$' },
      to: {
        pathNot: [
          pure,
          library,
          // Labels and texts are data.
          '^shared/(program/taxonomy|messaging/language/(pages|mails))/[^/]+\\.json$',
        ],
      },
    },
    {
      name: 'pure-libraries-only',
      severity: 'error',
      from: { path: pure },
      to: { path: impureLibrary },
    },
    {
      name: 'stores-stay-below-services',
      comment: 'a store uses contracts, rules, other stores and the faces of lower modules',
      severity: 'error',
      from: { path: store },
      to: {
        path: '^shared/',
        pathNot: [pure, library, store, `^shared/[^/]+/${face}`, '^shared/persistence/'],
      },
    },
    {
      name: 'stored-forms-use-no-aws-clients',
      comment: 'the schema of a stored item is data',
      severity: 'error',
      from: { path: '^shared/.+/stored\\.ts$' },
      to: { path: 'node_modules/@(aws-sdk|smithy|aws-lambda-powertools)/' },
    },
    {
      name: 'stored-forms-use-no-built-ins',
      severity: 'error',
      from: { path: '^shared/.+/stored\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'not-to-dev-dep',
      comment: 'the gazetteer is compiled when functions are bundled, and no function holds what compiles it',
      severity: 'error',
      from: { path: '^(shared|functions)/', pathNot: '^shared/discovery/gazetteer/compile\\.ts$' },
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
