/**
 * The modules of `shared/`, what each holds and what it may use. The layer check (.dependency-cruiser.js) and
 * docs/modules.md are made from this table.
 */

/** Leaf libraries: every file is public, and every module may use them. They use each other and nothing else. */
export const libraries = {
  kernel: 'ids, money, input fields, principals, domain errors, settings, logger',
  text: 'tokenizer, folding, edit distance, languages, HTML',
  time: 'calendar and durations',
  crypto: 'signed and sealed tokens, fingerprints, keyed hashes',
}

/** Files of the libraries that may do more than compute: they read the environment, log, wait or draw random ids. */
export const impureLibraryFiles = [
  'kernel/logger',
  'kernel/settings',
  'kernel/timeouts',
  'kernel/new-id',
  'kernel/back-off',
  'crypto/signature',
  'crypto/lookup-hash',
]

/** A module imports only the public faces (contract.ts, rules.ts, index.ts) of the modules in `uses`. */
export const modules = {
  persistence: {
    holds: 'the table: items, keys, conditional writes, idempotency, versioned data, cursors',
    uses: [],
  },
  events: { holds: 'the catalogue of events, the outbox, the bus', uses: ['persistence'] },
  program: {
    holds: 'policy, taxonomy, languages, the vocabulary of a request',
    uses: ['events', 'persistence'],
  },
  lookup: {
    holds: 'finding requests and partners by the names of people and companies: words, keyed hashes, entries',
    uses: ['persistence'],
  },
  identity: { holds: 'members and their roles', uses: ['program', 'events', 'persistence'] },
  search: { holds: 'the search engine: no HTTP, no table', uses: [] },
  partners: {
    holds: 'partners, profiles, contacts and their health, listings',
    uses: ['program', 'identity', 'events', 'search', 'lookup', 'persistence'],
  },
  discovery: {
    holds: 'directory, reputation, routing, insights, gazetteer',
    uses: ['partners', 'search', 'program', 'events', 'persistence'],
  },
  referrals: {
    holds: 'RFIs, referrals, deadlines and timers',
    uses: ['partners', 'discovery', 'program', 'events', 'lookup', 'persistence'],
  },
  messaging: {
    holds: 'mails, digests, links, languages',
    uses: ['referrals', 'discovery', 'partners', 'identity', 'program', 'events', 'persistence'],
  },
  site: {
    holds: 'server-rendered pages',
    uses: ['messaging', 'referrals', 'discovery', 'partners', 'identity', 'program', 'events', 'persistence'],
  },
  api: {
    holds: 'the catalogue of operations, the OpenAPI document, the typed client',
    uses: ['site', 'messaging', 'referrals', 'discovery', 'partners', 'identity', 'program', 'events'],
  },
}

/**
 * The layers inside a module, and the names of their files. A file of a feature bears one of these names. Rules import
 * contracts and rules; stores also import stores; services import all of them.
 */
export const layers = {
  contract: ['contract', 'command-context'],
  rules: [
    'amount-error',
    'rules',
    'catalog',
    'claims',
    'deadlines',
    'effects',
    'forms',
    'html',
    'layout',
    'lists',
    'markdown',
    'message-format',
    'pack-faults',
    'page',
    'referral',
    'repeat',
    'status',
    'theme',
    'transitions',
    // Drafts of mails.
    'compose',
    'compose-partner',
    'news',
  ],
  store: ['store', 'stored', 'timeline', 'partner-events'],
  service: [
    'service',
    // One file per use case.
    'add-recipients',
    'arm-timers',
    'change-contacts',
    'choose-outcome',
    'commands',
    'create-rfi',
    'execute-command',
    'execute-due-commands',
    'get-profile',
    'get-referral',
    'get-similar',
    'handle-timer',
    'index-partner',
    'index-rfi',
    'list-profiles',
    'list-referrals',
    'list-rfis',
    'list-unhealthy-profiles',
    'look-up',
    'mail-event',
    'needed-locations',
    'put-profile',
    'record-feedback',
    'revive-referral',
    'route-rfi',
    'send-customer-digest',
    'send-digests',
    'send-on',
    'set-active',
    'suggest-partners',
    'suggestions',
    'sweep',
    'withdraw-rfi',
    'correct-address',
    'record-reachability',
    // Parts that use cases share.
    'capability',
    'commit',
    'compose-rfi',
    'deliver',
    'links',
    'load',
    'load-context',
    'mails',
    'pages',
    'preconditions',
    'problem-page',
    'recipients',
    'recount',
    'replace-entries',
    'render',
    'report-contact-problem',
    'reserve-slot',
    'save',
    'siblings',
    'snapshot',
    'task',
    'view',
    'visit',
    // The description of the API, and its client.
    'examples',
    'introduction',
    'openapi',
    'schemas',
    'create-client',
    'problem-error',
    'routes',
    'types',
    // Clients of AWS services and files.
    'bus',
    'compile',
    'scheduler',
    'ses',
  ],
} as const
