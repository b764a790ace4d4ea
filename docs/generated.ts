/** Generates the parts of the documents that are derived from the code and from the results of the bench. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { libraries, modules } from '../modules.ts'
import { adviceCatalogs, faultCatalogs, problems, reasonCatalogs, terms } from '../shared/api/contract.ts'
import { openApiDocument } from '../shared/api/index.ts'
import type { Catalog } from '../shared/kernel/messages.ts'
import { languages } from '../shared/messaging/contract.ts'
import { mailRules } from '../shared/messaging/rules.ts'
import { type Status, statuses } from '../shared/referrals/contract.ts'
import {
  type CommandName,
  guardTexts,
  type ListRule,
  partnerLists,
  programLists,
  type Transition,
  transitions,
} from '../shared/referrals/rules.ts'
import { previews } from '../test/fixtures/mail-previews.ts'
import { accessPatternsTable, listUnitsTable, scaleTables } from './bench-tables.ts'
import { requestCollection } from './collection.ts'

import { documentsWithFigures } from './figures.ts'
import { apiReference, clientRoutes } from './generated-api.ts'

import { notice, table } from './markdown.ts'
import { operationReference } from './operations.ts'

const jsonFile = (content: object): string => `${JSON.stringify(content, null, 2)}\n`

/** Content of the generated files, by path in the repository. */
export const generated = (): Record<string, string> => ({
  ...documentsWithFigures(),
  'docs/access-patterns.md': accessPatterns(),
  'docs/api/openapi.json': jsonFile(openApiDocument()),
  'docs/api/referral-center.postman_collection.json': jsonFile(requestCollection(openApiDocument())),
  'docs/api/README.md': apiReference(),
  'docs/api/operations.md': operationReference(openApiDocument()),
  'docs/api/errors.md': errorReference(),
  'docs/data-model.md': withTables('docs/data-model.md', { lists: listTable() }),
  'docs/api/messages.json': jsonFile(messageCatalogue()),
  'docs/lifecycle.md': lifecycle(),
  'docs/mail-texts.md': mailTexts(),
  'docs/modules.md': moduleMap(),
  'docs/scale.md': withTables('docs/scale.md', scaleTables()),
  'shared/api/client/routes.ts': clientRoutes(),
})

export const writeGenerated = (): void => {
  for (const [file, content] of Object.entries(generated()))
    writeFileSync(join(import.meta.dirname, '..', file), content)
}

/** Replaces the tables of a document that is otherwise written by hand: `<!-- table: name -->…<!-- /table -->`. */
const withTables = (file: string, tables: Readonly<Record<string, string>>): string =>
  readFileSync(join(import.meta.dirname, '..', file), 'utf8').replace(
    /(<!-- table: (\w+) -->\n).*?(<!-- \/table -->)/gs,
    (_, start, name, end) => {
      const content = tables[name]
      if (content === undefined) throw new Error(`${file} has a placeholder for an unknown table "${name}"`)
      return `${start}${content}\n${end}`
    },
  )

/** Returns the lists of referrals: stage, sort and filters, the index that serves them, and what changes do to pages. */
const listTable = (): string => {
  const codes = (values: readonly string[]) => values.map(value => `\`${value}\``).join(', ')
  const rows = (of: string, rules: Readonly<Record<string, ListRule>>) =>
    Object.values(rules).map(({ index, stages, sorts, requires, allows, paging }) => [
      of,
      codes(stages),
      codes(sorts),
      codes(requires) || '–',
      codes(allows) || '–',
      codes([index]),
      paging,
    ])
  return table(
    ['Of', '`stage`', '`sort`', 'Required', 'Optional', 'Index', 'Changes between two pages'],
    [...rows('a partner', partnerLists), ...rows('all partners', programLists)],
  )
}

/** Renders a message for Markdown tables: optional parts in italics, the names of parameters as code. */
const messageText = (text: string): string =>
  text
    .replace(/\[\s*([^\]]*)\]/g, ' *($1)*')
    .replace(/\{(\w+)\}/g, '`$1`')
    .replaceAll('|', '\\|')

/** Returns the names of the parameters of a message, in the order of its text. */
const parametersOf = (text: string): string[] => [
  ...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)),
]

const entriesOf = (catalogs: readonly Catalog[]): [string, string][] =>
  catalogs.flatMap(catalog => Object.entries(catalog)).toSorted(([a], [b]) => (a < b ? -1 : 1))

/** The texts of all messages with their parameters, for clients that translate them. */
const messageCatalogue = () => {
  const messagesIn = (catalogs: readonly Catalog[]) =>
    Object.fromEntries(
      entriesOf(catalogs).map(([code, text]) => [code, { text, params: parametersOf(text) }]),
    )
  return {
    problems: Object.fromEntries(Object.entries(problems).map(([code, { title }]) => [code, { title }])),
    reasons: messagesIn(reasonCatalogs),
    faults: messagesIn(faultCatalogs),
    advice: messagesIn(adviceCatalogs),
    terms,
  }
}

const messageTable = (catalogs: readonly Catalog[]): string =>
  table(
    ['Code', 'Parameters', 'Message'],
    entriesOf(catalogs).map(([code, text]) => [
      `\`${code}\``,
      parametersOf(text)
        .map(name => `\`${name}\``)
        .join(', '),
      messageText(text),
    ]),
  )

const errorReference = (): string => `${notice}
# Errors

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents. Messages are in English. To show them in
another language, translate them by their codes and parameters: codes and the names of parameters are stable, texts are not.
Parameters have no sentences: they are numbers, dates, codes, or values of the request. [messages.json](messages.json) has
all messages as data, in the syntax of the tables: parameters in braces, and in square brackets the parts that are left out if
one of their parameters is not given. Programs that translate can check against it that no code is missing.

\`\`\`json
{
  "type": "urn:referral-center:problem:invalid-request",
  "title": "The request is not valid",
  "status": 400,
  "code": "invalid-request",
  "detail": "Number of faults: 2. They are listed in errors.",
  "reason": "faults",
  "params": { "count": 2 },
  "errors": [
    {
      "pointer": "header/idempotency-key",
      "code": "required",
      "params": {},
      "detail": "Missing. A value is required."
    },
    {
      "pointer": "/need/products/0",
      "code": "unknown-code",
      "params": { "value": "epr", "list": "products", "suggestions": ["erp"] },
      "detail": "Unknown code \\"epr\\". Expected a code of the taxonomy list products. Did you mean erp?"
    }
  ],
  "requestId": "f3c1f2a4-7a52-4f0c-9d42-1f0f6a3b7c11"
}
\`\`\`

- \`detail\` says what is wrong, then what is expected. It is missing where the title says all (404, 500). \`reason\` is the code of the message in \`detail\`, and \`params\` has its
  parameters.
- \`errors\` lists the faults of the request: of its headers, query and body together, at most 100. \`pointer\` is a JSON
  pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) into the body, or \`query/…\` or \`header/…\`.
- The checks run in this order, and the first one that fails determines the response: path and method (404, 405), the size of
  query and body (414, 413), the token and its role (401, 403), an id that does not exist (404), a body that is not JSON (415,
  400 \`malformed-json\`), the faults of the request (400), a missing If-Match (428), the version and the status of the
  resource (412, 409).
- Responses with 401, 413, 429, 431, 500 and 503 can come from API Gateway itself, as plain JSON: see
  [responses of the gateway](README.md#responses-of-the-gateway).

## Problems

The \`code\` of a problem document.

${table(
  ['Code', 'Status', 'Title'],
  Object.entries(problems).map(([code, { status, title }]) => [`\`${code}\``, String(status), title]),
)}

## Reasons

The \`reason\` of a problem document. Words in code font are parameters; parts in parentheses are left out if a parameter
is not known.

${messageTable(reasonCatalogs)}

## Faults

The \`code\` of an entry of \`errors\`, and of an entry of \`missing\` in the review of a profile.

${messageTable(faultCatalogs)}

## Formats

The parameter \`format\` of \`invalid-format\`.

${table(
  ['Format', 'Expected'],
  Object.entries(terms['invalid-format']?.format ?? {}).map(([name, text]) => [`\`${name}\``, text]),
)}

## Required values

The parameter \`expected\` of \`wrong-value\`.

${table(
  ['Value', 'Expected'],
  Object.entries(terms['wrong-value']?.expected ?? {}).map(([name, text]) => [`\`${name}\``, text]),
)}

## Advice

The \`code\` of messages in responses: of \`advice\` in the review of a profile and in a lever of its visibility, and of
\`message\` in \`directContact\`.

${messageTable(adviceCatalogs)}
`

const accessPatterns = (): string => `${notice}
# Measured access patterns

Calls, round trips and capacity units of each operation of the API. The numbers are those of \`npm run bench\`
([results.json](../bench/results.json)): RFIs to three partners, lists of 25, index entries included. Run the bench, then
\`npm run docs\`, to update them.

- **Trips** are sequential round trips to DynamoDB. Calls in one trip run in parallel. After a conflict with a concurrent write there are more.
- **Units** are capacity units of one typical call. Reads of items are strongly consistent: one unit for each 4 KB. A write costs one
  unit for each KB of the item and of each index entry, and twice that in a transaction.

${accessPatternsTable()}

## Lists

Read units of a page of 25 on DynamoDB Local. The rows are those of one partner, which are also all rows of the program.

${listUnitsTable()}

[data-model.md](data-model.md#access-patterns) describes the patterns.
`

const rows = Object.entries(transitions) as [CommandName, Transition][]

const guardOf = (transition: Transition): string => guardTexts(transition).join(', ')

const target = (from: Status, { to }: Transition): Status => (to === 'same' ? from : to)

/** Returns whether a referral can stay in a status forever: no command leads on, or only until some time. */
const isFinal = (status: Status): boolean =>
  rows.every(([, { from, guard }]) => !from.includes(status) || guard?.before)

const lifecycle = (): string => `${notice}
# The life of a referral

\`\`\`mermaid
stateDiagram-v2
  [*] --> new: receive
${rows
  .flatMap(([command, row]) => row.from.map(from => `  ${from} --> ${target(from, row)}: ${command}`))
  .join('\n')}
${statuses
  .filter(isFinal)
  .map(status => `  ${status} --> [*]`)
  .join('\n')}
\`\`\`

A referral is \`new\` until it is answered or its deadline \`respondBy\` has passed. After that it counts as expired in every read, and
\`expire\` is the only command allowed, even if its timer has not fired yet. Each command raises the version by one and appends one event.

[Instants for people](deadlines.md) lists the rule of each deadline, and whether the business calendar applies.

A command with “yes” under *Spends links* ends the links in all earlier mails about the referral
([decision 20](decisions/0020-answering-by-mail.md)). After other commands the links stay valid.

**Every referral has exactly one terminal event after the last event that made it open again.** Terminal are \`referral.declined\`,
\`referral.expired\`, \`referral.won\`, \`referral.lost\`, \`referral.withdrawn\` and \`referral.superseded\`. All events stay in the
timeline. A referral becomes open again:

- by \`reopen\`, once after an expiry, until \`reopenUntil\` ([decision 16](decisions/0016-reopening.md));
- by \`undo-decline\` or \`undo-close\`, until \`undoUntil\`, a few minutes after the answer;
- by \`resume\`, after the customer has denied a reported win;
- by \`reinstate\`, when the customer takes a choice back
  ([decision 38](decisions/0038-choice-in-one-transaction.md)).

A partner cannot do this after the customer has withdrawn the RFI. After a choice, or after the RFI was sent on to further partners,
an expired or declined referral stays as it is. The remarks of the customer (\`note-choice\`, \`deny-win\`, \`confirm-win\`) can follow
a terminal event and do not change the status.

${table(
  ['From', 'Command', 'To', 'By', 'Guard', 'Spends links', 'Event'],
  rows.map(([command, row]) => [
    row.from.join(', '),
    command,
    row.to,
    row.by.join(', '),
    guardOf(row),
    row.endsLinks ? 'yes' : '',
    `\`${row.event}\``,
  ]),
)}
`

const english = previews().filter(({ language }) => language === 'en')

const mailTexts = (): string => `${notice}
# The texts of emails

Each kind of email with its event, its readers and its English text. [mail.md](mail.md) describes who gets email and how it is sent.
The local cloud shows each email in each language (${languages.join(', ')}) at \`/_local/previews\`.

${table(
  ['Event', 'Mail', 'To'],
  mailRules.map(({ event, kind, to }) => [`\`${event}\``, kind, to]),
)}

A \`digest\` contains the reminders, nudges and news for a contact above the daily limit of single emails (\`digestAbove\` in the policy).

## In English

${english.map(({ name, subject, text }) => `### ${name}\n\n**${subject}**\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`).join('\n')}`

type ModuleName = keyof typeof modules

const moduleNames = Object.keys(modules) as ModuleName[]
const usesOf = (name: ModuleName): readonly ModuleName[] => modules[name].uses as readonly ModuleName[]

/** Returns whether one module reaches another through at least one module in between. */
const reachesIndirectly = (from: ModuleName, to: ModuleName): boolean =>
  usesOf(from).some(
    between => between !== to && (usesOf(between).includes(to) || reachesIndirectly(between, to)),
  )

const moduleMap = (): string => `${notice}
# Modules of \`shared/\`

An arrow means "uses". If A uses B and B uses C, the arrow from A to C is omitted. The table lists all dependencies.

\`\`\`mermaid
flowchart TB
${moduleNames
  .flatMap(name =>
    usesOf(name)
      .filter(used => !reachesIndirectly(name, used))
      .map(used => `  ${name} --> ${used}`),
  )
  .join('\n')}
\`\`\`

${table(
  ['Module', 'Holds', 'May use'],
  moduleNames.map(name => [`\`${name}\``, modules[name].holds, usesOf(name).join(', ') || 'no other module']),
)}

Every module may also use the leaf libraries:

${table(
  ['Library', 'Holds'],
  Object.entries(libraries).map(([name, holds]) => [`\`${name}\``, holds]),
)}
`
