/**
 * `npm run holidays -- COUNTRY [SUBDIVISION] YEAR…`: prints the public holidays of a country as the list `holidays`
 * of a calendar in the policy. Examples: `npm run holidays -- FR 2027`, `npm run holidays -- DE BY 2027 2028`.
 *
 * Exit code: 0 if the list was printed; 1 for an unknown place; 2 for wrong arguments.
 */
import { publicHolidays } from './public-holidays.ts'

const fail = (line: string, exitCode: number): void => {
  process.stderr.write(`${line}\n`)
  process.exitCode = exitCode
}

const isYear = (text: string): boolean => /^20\d\d$/.test(text)

const [country = '', ...rest] = process.argv.slice(2)
const [subdivision] = rest.filter(text => !isYear(text))
const years = rest.filter(isYear).map(Number)

if (country === '' || years.length === 0 || rest.length > years.length + 1)
  fail('wrong arguments, expected COUNTRY [SUBDIVISION] YEAR…, such as DE BY 2027', 2)
else
  try {
    process.stdout.write(`${JSON.stringify(publicHolidays(country, subdivision, years))}\n`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    fail(error.message, 1)
  }
