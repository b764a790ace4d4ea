/**
 * Entry of `npm start`: checks what the local cloud needs, reads the options and starts main.ts. It is plain JavaScript,
 * because a Node that cannot load TypeScript must be able to print what is missing.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const neededNode = 24
const defaultPort = 3000
const highestPort = 65535

const help = `Usage: npm start -- [options]

Runs Referral Center on this machine: http://localhost:${defaultPort}/_local/

  --port <number>  Listen on this port of the loopback interface (default: ${defaultPort})
  --fresh          Delete the state of the last run and seed the demo anew
  --migrate        Move a state of an earlier layout to the present one
  --no-demo        Start a fresh state without the demo program
  -h, --help       Print this help

The state is in .local/. Ctrl-C stops the program and keeps the state.`

/** The property that each option sets. An option without a value is true or false. */
const known = {
  '--port': { property: 'port', takesValue: true },
  '--fresh': { property: 'fresh', value: true },
  '--migrate': { property: 'migrate', value: true },
  '--no-demo': { property: 'demo', value: false },
}

/** Ends the process with one line, and with the exit code of a wrong call. */
const fail = message => {
  console.error(message)
  process.exit(1)
}

/** @param {readonly string[]} args */
const readOptions = args => {
  const options = { port: String(defaultPort), fresh: false, migrate: false, demo: true }
  const rest = args.flatMap(splitAtEqualsSign)
  while (rest.length > 0) {
    const name = rest.shift()
    const option = Object.hasOwn(known, name) ? known[name] : undefined
    if (!option) fail(unknownOption(name))
    if (option.takesValue && rest.length === 0) fail(`${name} needs a value. Expected: ${name} <number>`)
    options[option.property] = option.takesValue ? rest.shift() : option.value
  }
  const { port, fresh, migrate } = options
  if (!/^\d{1,5}$/.test(port) || Number(port) > highestPort)
    fail(`Invalid port "${port}". Expected a number from 0 to ${highestPort}.`)
  if (fresh && migrate) fail('--fresh and --migrate cannot be combined. Expected one of them.')
  return { ...options, port: Number(port) }
}

const splitAtEqualsSign = arg => {
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? []
  return name === undefined ? [arg] : [name, value]
}

const unknownOption = name => {
  const [nearest] = [...Object.keys(known), '--help']
    .map(option => ({ option, distance: editDistance(name, option) }))
    .sort((a, b) => a.distance - b.distance)
  const suggestion = nearest.distance <= 3 ? ` Did you mean ${nearest.option}?` : ''
  return `Unknown option ${name}.${suggestion} All options: npm start -- --help`
}

/** Levenshtein distance. The library in shared/ is TypeScript. */
const editDistance = (a, b) => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]
}

/** Returns one line with the remedy, or undefined when the packages and Node are as expected. */
const missingPart = () => {
  if (!existsSync(join(root, 'node_modules/vitest'))) return 'The packages are not installed. Run: npm ci'
  const version = process.versions.node
  if (Number(version.split('.')[0]) >= neededNode) return undefined
  const remedy = existsSync(join(root, 'node_modules/node/bin/node'))
    ? 'The packages have one. Run: npm start'
    : `npm did not run the install script that brings it. Run: npm rebuild node --ignore-scripts=false (or install Node ${neededNode})`
  return `Node ${neededNode} or later is needed, and this is Node ${version}. ${remedy}`
}

/** Suppresses the warnings about node:sqlite and type stripping, as --disable-warning does. */
const hideExperimentalWarnings = () => {
  process.removeAllListeners('warning')
  process.on('warning', warning => {
    if (warning.name !== 'ExperimentalWarning') console.warn(`${warning.name}: ${warning.message}`)
  })
}

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) {
  console.log(help)
} else {
  const options = readOptions(args)
  const missing = missingPart()
  if (missing) fail(missing)
  hideExperimentalWarnings()
  const { run } = await import('./main.ts')
  await run(options)
}
