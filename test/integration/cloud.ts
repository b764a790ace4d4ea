/** One local cloud for all integration tests, running the template that would be deployed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startCloud } from '../../local/runtime/cloud.ts'
import { synthesize } from '../../local/runtime/synthesize.ts'

declare module 'vitest' {
  interface ProvidedContext {
    url: string
  }
}

export const templateDir = join(import.meta.dirname, '../../node_modules/.cache/cdk.out')

const setup = async (project: TestProject) => {
  await synthesize(templateDir)
  const stateDir = mkdtempSync(join(tmpdir(), 'referral-center-'))
  const cloud = await startCloud({ templateDir, stateDir, port: 0 })
  project.provide('url', cloud.url)
  return async () => {
    await cloud.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

export default setup
