/** Groups of rules for mutation tests: the files to change, and the tests that specify them. */

interface MutationGroup {
  readonly mutate: readonly string[]
  readonly tests: readonly string[]
}

const referral = 'shared/referrals/referral'
const unit = 'test/unit'

export const groups = {
  lifecycle: {
    mutate: ['transitions', 'effects', 'status', 'repeat'].map(name => `${referral}/${name}.ts`),
    tests: ['lifecycle', 'transition-table', 'views', 'effects'].map(name => `${unit}/${name}.test.ts`),
  },
  deadlines: {
    mutate: [`${referral}/deadlines.ts`, 'shared/referrals/timer/rules.ts'],
    tests: ['deadlines', 'timer'].map(name => `${unit}/${name}.test.ts`),
  },
  ranking: {
    mutate: ['ranking', 'observations', 'decay', 'answer-time'].map(name => `shared/search/${name}.ts`),
    tests: ['ranking', 'formula'].map(name => `${unit}/search/${name}.test.ts`),
  },
  policy: {
    mutate: ['shared/program/policy/rules.ts'],
    tests: ['policy', 'policy-limits'].map(name => `${unit}/${name}.test.ts`),
  },
  contacts: {
    mutate: ['shared/partners/contact/rules.ts', 'shared/partners/recipients/rules.ts'],
    tests: ['contacts', 'referral-summary'].map(name => `${unit}/${name}.test.ts`),
  },
} as const satisfies Readonly<Record<string, MutationGroup>>

export type GroupName = keyof typeof groups
export const groupNames = Object.keys(groups) as GroupName[]
