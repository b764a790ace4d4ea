/**
 * Secrets Manager: generates a value for each secret of the template, stores it so that it survives restarts, and resolves
 * dynamic references to secrets as CloudFormation does.
 */
import { randomInt } from 'node:crypto'
import type { State } from '../../runtime/state.ts'
import type { Resource, Template } from '../../runtime/template.ts'

interface GenerateSecretString {
  readonly PasswordLength?: number
  readonly SecretStringTemplate?: string
  readonly GenerateStringKey?: string
}

const reference =
  /\{\{resolve:secretsmanager:(arn:[^:]+:[^:]+:[^:]*:[^:]*:secret:[^:}]+|[^:}]+)(?::SecretString:?([^:}]*)[^}]*)?\}\}/g
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Default of Secrets Manager. */
const defaultLength = 32

/** Returns a function that replaces references to the template's secrets in a text. It throws for other references. */
export const secretReferences = (template: Template, state: State): ((text: string) => string) => {
  const values = state.collection<string>('secrets')
  for (const secret of template.ofType('AWS::SecretsManager::Secret')) {
    if (values.get(secret.arn) === undefined) values.set(secret.arn, generate(secret))
  }
  return text => {
    const resolved = text.replace(reference, (_, arn: string, key: string | undefined) => {
      const value = values.get(arn)
      if (value === undefined) throw new Error(`The template declares no secret ${arn}`)
      return key ? String((JSON.parse(value) as Record<string, unknown>)[key]) : value
    })
    if (resolved.includes('{{resolve:')) throw new Error(`The local cloud cannot resolve ${resolved}`)
    return resolved
  }
}

const generate = ({ properties }: Resource): string => {
  if (typeof properties.SecretString === 'string') return properties.SecretString
  const options = (properties.GenerateSecretString ?? {}) as GenerateSecretString
  const password = Array.from(
    { length: options.PasswordLength ?? defaultLength },
    () => alphabet[randomInt(alphabet.length)],
  ).join('')
  if (options.GenerateStringKey === undefined) return password
  const rest = JSON.parse(options.SecretStringTemplate ?? '{}') as object
  return JSON.stringify({ ...rest, [options.GenerateStringKey]: password })
}
