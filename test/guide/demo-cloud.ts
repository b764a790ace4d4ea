/** Starts local clouds with the demo. The demo is seeded once; each cloud starts from a copy of its state. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoHistoryMs, seedDemo } from '../../local/demo/seed.ts'
import { type Cloud, startCloud } from '../../local/runtime/cloud.ts'
import { synthesizeTemplate, templateDir, timeLimitFactor } from '../integration/cloud.ts'

export interface DemoClouds {
  /** Runs some work with a cloud that is in the state of a first `npm start`, and stops the cloud afterwards. */
  withDemo(work: (cloud: Cloud) => Promise<void>): Promise<void>
  remove(): void
}

const start = (stateDir: string) =>
  startCloud({ templateDir, stateDir, port: 0, timeLimitFactor, historyMs: demoHistoryMs })

export const prepareDemoClouds = async (): Promise<DemoClouds> => {
  await synthesizeTemplate()
  const directory = mkdtempSync(join(tmpdir(), 'referral-center-demo-'))
  const seeded = join(directory, 'seeded')
  const cloud = await start(seeded)
  try {
    await seedDemo(cloud)
  } finally {
    await cloud.stop()
  }
  return {
    async withDemo(work) {
      const stateDir = join(directory, 'copy')
      cpSync(seeded, stateDir, { recursive: true })
      const copy = await start(stateDir)
      try {
        await work(copy)
        await copy.clock.settled()
      } finally {
        await copy.stop()
        rmSync(stateDir, { recursive: true, force: true })
      }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
