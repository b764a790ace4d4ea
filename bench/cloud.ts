/** Runs work on a local cloud with an empty table; its state is deleted afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cloud, type CloudOptions, startCloud } from '../local/runtime/cloud.ts'

/** Multiplies the time limits of functions, because the machine can be busy with other work. */
const timeLimitFactor = 10

export const withCloud = async <T>(
  templateDir: string,
  work: (cloud: Cloud) => Promise<T>,
  options: Pick<CloudOptions, 'tablesInMemory'> = {},
): Promise<T> => {
  const stateDir = mkdtempSync(join(tmpdir(), 'referral-center-bench-'))
  const cloud = await startCloud({ templateDir, stateDir, port: 0, timeLimitFactor, ...options })
  try {
    return await work(cloud)
  } finally {
    await cloud.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
}
