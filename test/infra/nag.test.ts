import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { expect, test } from 'vitest'
import { allOperations } from '../../shared/api/contract.ts'
import { synthesize } from './synthesis.ts'

const { app, at } = synthesize()
const group = at('Timers/Schedules').properties.Name

test('cdk-nag reports violations of its rules', () => {
  const stack = new Stack(new App(), 'Careless')
  new Queue(stack, 'Queue')
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack)
  expect(violations.map(({ ruleName }) => ruleName).sort()).toEqual([
    'AwsSolutions-SQS3',
    'AwsSolutions-SQS4',
  ])
})

test('the acknowledged findings are exactly these', () => {
  const acknowledged = app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([rule, reason]) => ({ rule: rule.replace(/^AwsSolutions::/, ''), path: node.path, reason })),
  )
  const xray = (path: string) => [`ReferralCenter/${path}/Role`, 'AwsSolutions-IAM5[Resource::*]']
  expect(acknowledged.map(({ path, rule }) => [path, rule]).sort()).toEqual(
    [
      ...[
        'Api/CustomerApi',
        'Api/PartnerApi',
        'Api/OperatorApi',
        'Api/OpenApi',
        'Api/Pages',
        'Events/PublishEvents',
        'Timers/OnTimer',
        'Timers/ArmTimers',
        'Timers/SweepOverdue',
        'Mail/SendMail',
        'Mail/SuggestPartners',
        'Mail/SendDigests',
        'Mail/RecordMailFeedback',
        'Reputation/UpdateReputation',
        'Lookup/UpdateLookup',
      ].map(xray),
      ...['ArmTimers', 'SweepOverdue'].map(worker => [
        `ReferralCenter/Timers/${worker}/Role`,
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${group}/*]`,
      ]),
      ...['SendMail', 'SendDigests'].map(worker => [
        `ReferralCenter/Mail/${worker}/Role`,
        'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]',
      ]),
      ['ReferralCenter/Events/PublishEvents/DeadLetters', 'AwsSolutions-SQS3'],
      ['ReferralCenterData/Members/Pool', 'AwsSolutions-COG2'],
      ['ReferralCenterData/Members/Pool', 'AwsSolutions-COG8'],
      ['ReferralCenterData/SigningSecret', 'AwsSolutions-SMG4'],
      ['ReferralCenterData/LookupSecret', 'AwsSolutions-SMG4'],
      ...allOperations
        .filter(({ access }) => typeof access === 'string')
        .flatMap(({ id, method }) => (method === 'GET' ? [id, `${id}Head`] : [id]))
        .concat('Default')
        .map(id => [`ReferralCenter/Api/Routes/${id}`, 'AwsSolutions-APIG4']),
    ].sort(),
  )
  for (const { reason } of acknowledged) expect(reason.length).toBeGreaterThan(20)
})

test('the app synthesizes with all rules of cdk-nag and CDK', async () => {
  const root = join(import.meta.dirname, '../..')
  const outdir = mkdtempSync(join(tmpdir(), 'referral-center-'))
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'))
  try {
    await promisify(execFile)(process.execPath, ['infra/app.ts'], {
      cwd: root,
      env: {
        ...process.env,
        CDK_VALIDATION: 'true',
        CDK_OUTDIR: outdir,
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] }),
      },
    })
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'))
    const found = report.pluginReports.flatMap(({ violations }: { violations: unknown[] }) => violations)
    expect(found).toEqual([])
    expect(report.pluginReports.map(({ pluginName }: { pluginName: string }) => pluginName)).toContain(
      'AwsSolutions',
    )
  } finally {
    rmSync(outdir, { recursive: true })
  }
})
