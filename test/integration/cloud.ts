/** Starts one local cloud for all integration tests, from the template that is deployed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startCloud } from '../../local/runtime/cloud.ts'
import { synthesize } from '../../local/runtime/synthesize.ts'
import { writePseudoLocales } from '../fixtures/pseudo-locale.ts'

declare module 'vitest' {
  interface ProvidedContext {
    url: string
  }
}

/** Multiplies the time limits of functions, because tests can run on a busy machine. */
export const timeLimitFactor = 10

export const templateDir = join(import.meta.dirname, '../../node_modules/.cache/cdk.out')

const languagesFolder = join(import.meta.dirname, '../../node_modules/.cache/languages')

/** Synthesizes the template, with the pseudo-locales as languages of the operator. */
export const synthesizeTemplate = (): Promise<void> => {
  writePseudoLocales(languagesFolder)
  return synthesize(templateDir, undefined, { languagesFolder })
}

const setup = async (project: TestProject) => {
  await synthesizeTemplate()
  const stateDir = mkdtempSync(join(tmpdir(), 'referral-center-'))
  const cloud = await startCloud({ templateDir, stateDir, port: 0, timeLimitFactor })
  project.provide('url', cloud.url)
  return async () => {
    await cloud.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

export default setup
