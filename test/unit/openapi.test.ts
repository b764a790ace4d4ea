import { expect, it } from 'vitest'
import { openApiDocument } from '../../shared/api/openapi.ts'
import type { Operation } from '../../shared/kernel/operation.ts'

it('describes the operations under /v1, and none of another wire format', () => {
  const common = { summary: '', method: 'GET', audience: 'open', access: 'public', status: 200 } as const
  const operations: Operation[] = [
    { ...common, id: 'listThings', path: '/v1/things' },
    { ...common, id: 'exportThings', path: '/odata/things' },
  ]
  expect(Object.keys(openApiDocument(operations).paths as object)).toEqual(['/v1/things'])
})
