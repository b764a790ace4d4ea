/** Sends the requests of the generated collection from top to bottom, as Postman and Bruno do. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, inject, it } from 'vitest'
import { operationsWithoutRequest } from '../../docs/collection.ts'

interface Header {
  readonly key: string
  readonly value: string
}

interface Url {
  readonly path: readonly string[]
  readonly query: readonly (Header & { readonly disabled?: boolean })[]
  readonly variable: readonly Header[]
}

interface Item {
  readonly name: string
  readonly event: readonly { readonly script: { readonly exec: readonly string[] } }[]
  readonly request: {
    readonly method: string
    readonly auth: { readonly bearer?: readonly Header[] }
    readonly header: readonly Header[]
    readonly url: string | Url
    readonly body?:
      | { readonly mode: 'raw'; readonly raw: string }
      | { readonly mode: 'urlencoded'; readonly urlencoded: readonly Header[] }
  }
}

interface Collection {
  readonly item: readonly { readonly name: string; readonly item: readonly Item[] }[]
}

const file = join(import.meta.dirname, '../../docs/api/referral-center.postman_collection.json')
const { item: folders } = JSON.parse(readFileSync(file, 'utf8')) as Collection

const variables = new Map<string, string>()

/** Replaces variables in a text. @throws Error for a variable without a value */
const resolve = (text: string): string =>
  text.replace(/\{\{(\$?\w+)\}\}/g, (_, name: string) => {
    if (name === '$guid') return crypto.randomUUID()
    const value = variables.get(name)
    if (value === undefined) throw new Error(`the variable ${name} has no value`)
    return value
  })

const addressOf = (url: string | Url): string => {
  if (typeof url === 'string') return resolve(url)
  const parameters = new Map(url.variable.map(({ key, value }) => [key, resolve(value)]))
  const path = url.path.map(part => (part.startsWith(':') ? parameters.get(part.slice(1)) : part)).join('/')
  const query = url.query.filter(({ disabled }) => !disabled)
  const search = new URLSearchParams(query.map(({ key, value }): [string, string] => [key, resolve(value)]))
  return `${variables.get('baseUrl')}/${path}${search.size > 0 ? `?${search}` : ''}`
}

const bodyOf = (body: Item['request']['body']): string | URLSearchParams | undefined => {
  if (!body) return undefined
  if (body.mode === 'raw') return resolve(body.raw)
  return new URLSearchParams(body.urlencoded.map(({ key, value }): [string, string] => [key, resolve(value)]))
}

const send = async ({ request: { method, auth, header, url, body } }: Item): Promise<Response> => {
  const headers = new Headers(header.map(({ key, value }) => [key, resolve(value)]))
  const token = auth.bearer?.find(({ key }) => key === 'token')?.value
  if (token) headers.set('authorization', `Bearer ${resolve(token)}`)
  const content = bodyOf(body)
  return fetch(addressOf(url), {
    method,
    headers,
    redirect: 'manual',
    ...(content !== undefined && { body: content }),
  })
}

/** Runs the scripts of a request with the part of Postman's API that they use. */
const runScripts = ({ event }: Item, { headers }: Response, text: string): void => {
  const pm = {
    response: { json: () => JSON.parse(text), headers: { get: (name: string) => headers.get(name) } },
    collectionVariables: { set: (name: string, value: unknown) => variables.set(name, String(value)) },
  }
  for (const { script } of event) runInNewContext(script.exec.join('\n'), { pm, decodeURIComponent })
}

describe('the collection of requests', () => {
  it('has a request for each operation', () => {
    expect(operationsWithoutRequest()).toEqual([])
  })

  for (const { name, item } of folders)
    describe(name, () => {
      it.each(item.map(request => [request.name, request] as const))('%s', async (_, request) => {
        variables.set('baseUrl', inject('url'))
        const response = await send(request)
        const text = await response.text()
        expect([200, 201, 204, 303], text).toContain(response.status)
        runScripts(request, response, text)
      })
    })
})
