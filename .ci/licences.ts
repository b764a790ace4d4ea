/**
 * Lists the licences of all packages of the lockfile in reports/licences.md, and fails when a licence is unknown or not
 * allowed. Licence names are SPDX expressions; MIT/X11 is an old name of MIT.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Permissive licences: allowed in the bundles of the functions. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MIT/X11',
  'Unlicense',
]

/** Licences with further conditions: allowed in tools, which are not deployed. */
const forToolsOnly = ['CC-BY-3.0', 'CC-BY-4.0', 'MPL-2.0', 'PSF-2.0', 'Python-2.0']

export interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly link?: boolean
}

/** Returns whether one alternative of an SPDX expression is allowed. */
export const isAllowed = (expression: string, isTool: boolean): boolean => {
  const allowed = new Set(isTool ? [...permissive, ...forToolsOnly] : permissive)
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some(alternative => alternative.split(' AND ').every(licence => allowed.has(licence)))
}

interface Row {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly isTool: boolean
}

/** Returns the packages of a lockfile, without the project itself. */
export const rowsOf = (packages: Readonly<Record<string, LockedPackage>>): Row[] =>
  Object.entries(packages)
    .filter(([path, { link }]) => path !== '' && !link)
    .map(([path, { version = '', license = 'unknown', dev = false }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version,
      licence: license,
      isTool: dev,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

export const violationsOf = (rows: readonly Row[]): string[] =>
  rows
    .filter(({ licence, isTool }) => !isAllowed(licence, isTool))
    .map(
      ({ name, version, licence, isTool }) =>
        `${name} ${version}: the licence ${licence} is not allowed ${isTool ? 'in tools' : 'in functions'} (.ci/licences.ts)`,
    )

const tableOf = (rows: readonly Row[]): string =>
  [
    '| Package | Version | Licence |',
    '| --- | --- | --- |',
    ...rows.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
  ].join('\n')

const markdownOf = (rows: readonly Row[]): string => `# Licences

## Packages of the functions

The bundles contain parts of these packages.

${tableOf(rows.filter(({ isTool }) => !isTool))}

## Packages of tools and tests

${tableOf(rows.filter(({ isTool }) => isTool))}
`

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const rows = rowsOf(packages)
  const reports = join(root, 'reports')
  mkdirSync(reports, { recursive: true })
  writeFileSync(join(reports, 'licences.md'), markdownOf(rows))
  const violations = violationsOf(rows)
  process.stdout.write([...violations, `${rows.length} licences checked: reports/licences.md\n`].join('\n'))
  if (violations.length > 0) process.exitCode = 1
}
