/** Compares docs/guide/deploy.md, whose commands need an AWS account and are not run, with the CDK app. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { readSettings, settingNames } from '../../infra/settings.ts'
import { roles } from '../../shared/kernel/principal.ts'
import { synthesize } from './synthesis.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/deploy.md'), 'utf8')
const allOf = (pattern: RegExp): string[] => [
  ...new Set([...guide.matchAll(pattern)].map(([, name = '']) => name)),
]

/** Names and default of each row of the table of settings. */
const rows = [...guide.matchAll(/^\| (`[a-z]\w+`(?:, `\w+`)?) \| ([^|]+) \|/gm)].map(
  ([, names = '', defaults = '']) => ({ names: names.replaceAll('`', '').split(', '), defaults }),
)

describe('deploy guide', () => {
  it('lists every setting', () => {
    expect(rows.flatMap(({ names }) => names).toSorted()).toEqual(settingNames.toSorted())
  })

  it('shows the defaults of settings that are numbers or words', () => {
    const defaults: Readonly<Record<string, unknown>> = {
      ...readSettings(new App({ context: { mailFrom: 'referrals@example.com' } }).node),
    }
    for (const { names, defaults: shown } of rows) {
      const values = names.map(name => defaults[name])
      if (values.every(value => typeof value === 'number')) expect(shown).toBe(values.join(', '))
      if (names[0] === 'logLevel' || names[0]?.endsWith('Claim')) expect(shown).toBe(`\`${values[0]}\``)
    }
  })

  it('passes only known settings to cdk', () => {
    expect(settingNames).toEqual(expect.arrayContaining(allOf(/ -c (\w+)=/g)))
  })

  it('reads only outputs that the stacks have', () => {
    const read = allOf(/\$\(output \w+ (\w+)\)/g)
    expect(read.length).toBeGreaterThan(0)
    expect(synthesize().outputs).toEqual(expect.arrayContaining(read))
  })

  it('names the groups of the user pool', () => {
    const groups = allOf(/--group-name ([\w-]+)/g)
    expect(groups.length).toBeGreaterThan(0)
    expect(roles).toEqual(expect.arrayContaining(groups))
    const pool = synthesize().ofType('AWS::Cognito::UserPoolGroup')
    expect(pool.map(({ properties }) => properties.GroupName)).toEqual(expect.arrayContaining(groups))
  })

  it('signs in with a flow that the client of the pool allows', () => {
    const [client] = synthesize().ofType('AWS::Cognito::UserPoolClient')
    expect(client?.properties.ExplicitAuthFlows).toEqual(
      expect.arrayContaining(allOf(/--auth-flow (\w+)/g).map(flow => `ALLOW_${flow}`)),
    )
  })
})
