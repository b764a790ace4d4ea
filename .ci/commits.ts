/** Checks the subjects of commits against the convention of CONTRIBUTING.md: `npm run commits -- main..HEAD`. */
import { execFileSync } from 'node:child_process'

const types = ['feat', 'fix', 'docs', 'refactor', 'perf', 'test', 'build', 'ci', 'style', 'revert']
const maxLength = 72
const pattern = new RegExp(`^(${types.join('|')})(\\([a-z0-9,-]+\\))?!?: [^A-Z\\s].*[^.\\s]$`)

/** Returns what is wrong with the subject of a commit, or undefined. */
export const faultOf = (subject: string): string | undefined => {
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
  const faults = commits.flatMap(line => {
    const [hash = '', ...words] = line.split(' ')
    const fault = faultOf(words.join(' '))
    return fault === undefined ? [] : [`${hash} ${words.join(' ')}\n  ${fault}`]
  })
  process.stdout.write([...faults, `${commits.length} commits checked, ${faults.length} faults\n`].join('\n'))
  if (faults.length > 0) process.exitCode = 1
}
