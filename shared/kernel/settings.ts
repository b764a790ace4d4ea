/** Reads an environment variable that the CDK stack sets. @throws Error if it is missing */
export const setting = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`the environment variable ${name} is not set`)
  return value
}

/** Reads an environment variable that the CDK stack sets only for some deployments. */
export const optionalSetting = (name: string): string | undefined => process.env[name] || undefined
