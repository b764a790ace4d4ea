/** The prose of the OpenAPI document: rules that hold for every operation. */
import type { Audience } from '../kernel/operation.ts'
import { gatewayResponses } from './gateway/contract.ts'
import { limits } from './limits/contract.ts'

/** Each audience is a tag. */
export const tags: Readonly<Record<Audience, string>> = {
  customer:
    'Search the directory of partners, send requests for information (RFIs) and follow them. No sign-in.',
  partner: 'Answer referrals, and keep the company and its business profiles up to date.',
  operator:
    'Run the program: partners, policy, taxonomy, RFIs for customers who call or write, and the routing of RFIs.',
  reader: 'HTML pages behind the links in mails. No sign-in and no script.',
  open: 'The description of this API.',
}

const gatewayTable = Object.values(gatewayResponses)
  .map(({ status, message, description }) => `| ${status} | \`${message}\` | ${description} |`)
  .join('\n')

export const introduction = `A customer sends a request for information (RFI) to one or more partners. Each partner gets a referral, and accepts or
declines it before its deadline. The operator runs the program.

## Conventions

- **Bodies** are JSON in UTF-8. Unknown fields and query parameters of requests are refused. Responses can get new fields:
  ignore those that you do not know. The schemas describe the current version exactly.
- **Input is folded before it is checked**, and stored in its folded form. In email addresses, telephone numbers, codes, ids,
  postal codes, dates and numbers of queries, digits of all scripts become ASCII digits, dashes become hyphens, full-width
  letters become ASCII letters (Unicode NFKC), and hidden characters and spaces at the ends are removed; in web addresses, this
  applies to scheme and host. Codes of countries and currencies are accepted in lower case, other codes in upper case. Names and
  other text keep their letters (Unicode NFC); only characters that nobody sees, such as direction marks, are removed. Text must
  have a visible character.
- **Empty optional fields** of bodies and empty parameters of queries count as absent: \`""\`, blank text and, where null is not a
  value of the field, \`null\`. In JSON merge patches this holds inside of lists only.
- Text with U+FFFD is refused (\`not-utf-8\`), because its bytes were not UTF-8.
- **Instants** are RFC 3339 in UTC (\`2026-03-15T09:00:00Z\`), durations are ISO 8601 (\`PT72H\`), countries and regions are
  ISO 3166-1 alpha-2 codes (\`DE\`), languages are BCP 47 tags (\`de\`, \`zh-Hans\`).
- **Amounts** of money have an ISO 4217 currency, and are in its major unit.
- **Codes** of products, services, industries, sizes and reasons come from \`GET /v1/taxonomy\`.

## Requests

- **HEAD** works where GET does: the same headers, no body and no effects. OPTIONS gets 204, and another method of a known
  path 405, both with the methods in \`Allow\`. An unknown path gets 404, also a known one with a slash at the end.
- **Bodies** need \`Content-Type: application/json\`. Merge patches can have \`application/merge-patch+json\`. Other media types,
  other charsets than UTF-8 and compressed bodies get 415, with the accepted types in \`Accept\`. A byte order mark is ignored.
  An operation without a body ignores \`{}\` and refuses other bodies.
- **\`Accept\`** is not read: responses are JSON, whatever the client prefers.
- **A repeated query parameter** counts as one with all values, separated by commas: \`products=erp&products=crm\` is
  \`products=erp,crm\`.
- **Limits** of one request:

| Part | Limit | Response |
| --- | --- | --- |
| body | ${limits.bodyBytes} bytes | 413 |
| values in a JSON body | ${limits.bodyValues} | 413 |
| nesting of a JSON body | ${limits.bodyDepth} levels | 400 |
| fields of a form | ${limits.formFields} | 413 |
| query | ${limits.queryBytes} bytes | 414 |
| faults that a response lists | ${limits.listedFaults} | the first ones, and their number |
| unknown fields of an object that a response lists | ${limits.listedFields} | the first ones, and the number of all others |

## Changes

- A representation with a strong \`ETag\` has a version, which the ETag begins with: \`"3.9f2c4e7a1b0d"\` is version 3. Send the
  ETag as \`If-Match\` with a change. A change that is based on an older version gets 412, and the response has the current
  representation in \`current\`.
- \`If-Match\` compares versions. It can have several ETags, \`*\` for any version, and the forms that proxies make of an ETag:
  \`W/"3"\` and \`"3-gzip"\` are version 3. An ETag of another form matches nothing and gets 412; text that is no ETag gets 400.
- \`If-None-Match\` of a GET or HEAD compares the whole ETag, and gets 304 if nothing has changed. Lists have weak ETags for
  this: a hash of the page.
- A POST that creates something needs an \`Idempotency-Key\`. If a request gets no response, repeat it with the same key: it is
  carried out only once. Keys are remembered for 24 hours. Use a new UUID for each new request. Each partner and each
  operator has its own keys; customers have theirs by the email address in the request.
- PATCH bodies are JSON merge patches (RFC 7396): \`null\` removes a field.

## Lists

A list returns one page: \`items\` and \`nextCursor\`. Send \`nextCursor\` as \`cursor\` to get the next page, with the same
filters. A page can have fewer items than \`limit\`, or none: only \`nextCursor: null\` ends the list.

## Errors

Errors are problem documents (RFC 9457, \`application/problem+json\`) with a stable \`code\`. \`errors\` lists each fault of the
request with a JSON pointer. Operations for pages return an HTML page instead.

API Gateway sends some responses by itself. They have the form \`{"message": "…"}\`:

| Status | Message | Meaning |
| --- | --- | --- |
${gatewayTable}
`
