import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

interface Entry {
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly integrity?: string
}

const lockfile = join(import.meta.dirname, '../../package-lock.json')
const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as { packages: Record<string, Entry> }
const installed = Object.entries(packages).filter(([path]) => path !== '')

it('pins the content of every package', () => {
  // A bundled package is inside the archive of the package that bundles it, and pinned with it.
  const pinnable = installed.filter(([, { link, inBundle }]) => !link && !inBundle)
  expect(pinnable.length).toBeGreaterThan(100)
  expect(pinnable.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
})
