/** Checks the subjects of commits against the convention of CONTRIBUTING.md: `npm run commits -- main..HEAD`. */
import { execFileSync } from 'node:child_process'

const types = ['feat', 'fix', 'docs', 'refactor', 'perf', 'test', 'build', 'ci', 'style', 'revert']
const maxLength = 72
const pattern = new RegExp(`^(${types.join('|')})(\\([a-z0-9,-]+\\))?!?: [^A-Z\\s].*[^.\\s]$`)

/** Returns the violation of the convention in the subject of a commit, or undefined. */
export const violationOf = (subject: string): string | undefined => {
  if (!pattern.test(subject))
    return `expected "type(scope): subject" with a type of ${types.join(', ')}, a lower-case first letter and no full stop`
  return subject.length > maxLength
    ? `${subject.length} characters; expected at most ${maxLength}`
    : undefined
}

if (import.meta.main) {
  const [, , range = 'main..HEAD'] = process.argv
  const log = execFileSync('git', ['log', '--no-merges', '--format=%h %s', range, '--'], { encoding: 'utf8' })
  const commits = log.split('\n').filter(line => line !== '')
  const violations = commits.flatMap(line => {
    const [hash = '', ...words] = line.split(' ')
    const violation = violationOf(words.join(' '))
    return violation === undefined ? [] : [`${hash} ${words.join(' ')}\n  ${violation}`]
  })
  process.stdout.write(
    [...violations, `${commits.length} commits checked, ${violations.length} violations\n`].join('\n'),
  )
  if (violations.length > 0) process.exitCode = 1
}
