/** Checks the Java version that DynamoDB Local needs before anything is started. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { StartError } from '../../runtime/start-error.ts'

/** DynamoDB Local 2.x needs Java 17. */
const neededVersion = 17
const howToGetIt =
  'get it from https://adoptium.net, or with: brew install openjdk@17, apt install openjdk-17-jre-headless'

/** Throws StartError. */
export const requireJava = async (): Promise<void> => {
  const version = await javaVersion()
  if (version === undefined) {
    throw new StartError(
      `DynamoDB Local needs Java ${neededVersion} or later, and no Java was found: ${howToGetIt}`,
    )
  }
  if (version < neededVersion) {
    throw new StartError(
      `DynamoDB Local needs Java ${neededVersion} or later; the installed version is ${version}: ${howToGetIt}`,
    )
  }
}

const javaVersion = async (): Promise<number | undefined> => {
  try {
    const { stderr } = await promisify(execFile)('java', ['-version'])
    const [, major] = /version "(?:1\.)?(\d+)/.exec(stderr) ?? []
    return major === undefined ? undefined : Number(major)
  } catch {
    return undefined
  }
}
