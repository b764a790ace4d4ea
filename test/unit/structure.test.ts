import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { impureLibraryFiles, layers, libraries, modules } from '../../modules.ts'

const shared = join(import.meta.dirname, '../../shared')
const files = globSync('**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}', { cwd: shared }).map(file => file.split('/'))

/** Modules without features: their files need no layer name. */
const flat = new Set<string>([...Object.keys(libraries), 'persistence', 'search'])

const faces = ['contract', 'rules', 'index']

it('every file of shared/ belongs to a library or a module', () => {
  const known = new Set<string>([...Object.keys(libraries), ...Object.keys(modules)])
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter(([module = '']) => !known.has(module))).toEqual([])
})

it('every file of shared/ is TypeScript with the extension .ts', () => {
  const others = files.filter(path => !path.at(-1)?.endsWith('.ts'))
  expect(others.map(path => path.join('/'))).toEqual([])
})

it('files stand in the folder of a module or of a feature, not deeper', () => {
  expect(files.filter(path => path.length > 3).map(path => path.join('/'))).toEqual([])
})

it('every folder with code is known to the check of layers', () => {
  const root = join(shared, '..')
  const known = ['.ci', 'bench', 'commands', 'docs', 'functions', 'infra', 'local', 'shared', 'test']
  const code = globSync('{*,.ci/*,*/**/*}.{ts,tsx,mts,js,mjs}', {
    cwd: root,
    exclude: name => ['node_modules', 'cdk.out', '.local', 'reports', 'coverage'].includes(name),
  })
  const folders = new Set(code.filter(file => file.includes('/')).map(file => file.split('/')[0]))
  expect([...folders].filter(folder => !known.includes(String(folder)))).toEqual([])
})

it('every module has a public face (contract.ts, rules.ts or index.ts)', () => {
  const withFace = new Set(
    files
      .filter(path => path.length === 2 && faces.includes(basename(path[1] ?? '', '.ts')))
      .map(([module]) => module),
  )
  expect(Object.keys(modules).filter(module => !withFace.has(module))).toEqual([])
})

it('every file of a module has the name of a layer', () => {
  const names = new Set<string>([...Object.values(layers).flat(), ...faces])
  const unlayered = files.filter(([module = '', ...path]) => {
    const name = basename(path.at(-1) ?? '', '.ts')
    return !flat.has(module) && !names.has(name)
  })
  expect(unlayered.map(path => path.join('/'))).toEqual([])
})

it('every layer name is used by at least one file', () => {
  const used = new Set(files.map(path => basename(path.at(-1) ?? '', '.ts')))
  expect(
    Object.values(layers)
      .flat()
      .filter(name => !used.has(name)),
  ).toEqual([])
})

/** Matches calls and values that can differ between two runs on the same input. */
const impure = /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\b|\bprocess\.env\b|\brandomUUID\b|\bfetch\(/

const isPure = ([module = '', ...path]: readonly string[]): boolean => {
  const name = basename(path.at(-1) ?? '', '.ts')
  if (module in libraries) return !impureLibraryFiles.includes(`${module}/${name}`)
  return module === 'search' || [...layers.contract, ...layers.rules].some(layer => layer === name)
}

it('rules, contracts, the search engine and pure libraries use no clock, randomness, environment or network', () => {
  const pureFiles = files.filter(isPure).map(path => path.join('/'))
  expect(pureFiles.length).toBeGreaterThan(80)
  expect(pureFiles.filter(file => impure.test(readFileSync(join(shared, file), 'utf8')))).toEqual([])
})

it.each(impureLibraryFiles)('the file %s, listed as impure, exists', file => {
  expect(files.map(path => path.join('/'))).toContain(`${file}.ts`)
})
