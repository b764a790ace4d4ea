/** What the stack tells a function through its environment. @throws when the stack forgot to. */
export const setting = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`the environment variable ${name} is not set`)
  return value
}
