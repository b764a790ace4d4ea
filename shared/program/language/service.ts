/** Reads the languages of the program from the settings of the function. */
import { optionalSetting } from '../../kernel/settings.ts'
import { languages } from './contract.ts'

/** Returns the languages of mails and pages (BCP 47), English first. The CDK stack sets them, with those of the operator. */
export const programLanguages = (): readonly string[] => optionalSetting('LANGUAGES')?.split(',') ?? languages
