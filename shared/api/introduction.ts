/** The prose of the OpenAPI document: rules that hold for every operation. */
import type { Audience } from '../kernel/operation.ts'
import { gatewayResponses } from './gateway/contract.ts'

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
- **Instants** are RFC 3339 in UTC (\`2026-03-15T09:00:00Z\`), durations are ISO 8601 (\`PT72H\`), countries and regions are
  ISO 3166-1 alpha-2 codes (\`DE\`), languages are BCP 47 tags (\`de\`, \`zh-Hans\`).
- **Amounts** of money have an ISO 4217 currency, and are in its major unit.
- **Codes** of products, services, industries, sizes and reasons come from \`GET /v1/taxonomy\`.

## Changes

- A representation with an \`ETag\` has a version. Send the ETag as \`If-Match\` with a change. A change that is based on an
  older version gets 412, and the response has the current representation in \`current\`.
- A POST that creates something needs an \`Idempotency-Key\`. If a request gets no response, repeat it with the same key: it is
  carried out only once. Keys are remembered for 24 hours.
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
