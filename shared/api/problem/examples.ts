/** Example problem documents, by code. */
import { fieldError } from '../../kernel/field-error.ts'
import { profileFaults } from '../../partners/contract.ts'
import { exampleOf } from '../examples.ts'
import { type ProblemCode, problem, problems, requestReasons } from './contract.ts'

/** Members of problem documents beyond those that every problem has. */
const extras: Readonly<Partial<Record<ProblemCode, object>>> = {
  'invalid-request': {
    detail: 'Number of faults: 1. The errors list names each of them.',
    reason: 'faults',
    params: { count: 1 },
    errors: [exampleOf(fieldError)],
  },
  'state-conflict': {
    currentStatus: 'expired',
    actions: [
      {
        name: 'reopen',
        method: 'POST',
        href: '/v1/referrals/ref_01KB0A1B2C3D4E5F6G7H8J9K0M_8K3M2N/reopen',
        requires: [],
      },
    ],
  },
  'profile-incomplete': {
    errors: [
      {
        pointer: '/headline',
        code: 'headline-required',
        params: {},
        detail: profileFaults['headline-required'],
      },
    ],
  },
  'precondition-required': {
    detail: requestReasons['if-match-missing'],
    reason: 'if-match-missing',
    params: {},
  },
}

export const problemExample = (code: ProblemCode): Record<string, unknown> => {
  const { requestId } = exampleOf(problem) as { requestId: string }
  const { status, title } = problems[code]
  return {
    type: `urn:referral-center:problem:${code}`,
    title,
    status,
    code,
    ...extras[code],
    requestId,
  }
}
