/** Signed, readable tokens of our own making: cursors and the capabilities that links carry. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { setting } from './settings.ts'

const signature = (purpose: string, payload: string): Buffer =>
  createHmac('sha256', setting('SIGNING_SECRET')).update(`${purpose}.${payload}`).digest()

/** A token that only this program can make, good for one purpose. */
export const sign = (purpose: string, content: unknown): string => {
  const payload = Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${payload}.${signature(purpose, payload).toString('base64url')}`
}

/** The token's content, or undefined when it was not signed by us for this purpose. */
export const verify = (purpose: string, token: string): unknown => {
  const [payload, mac, ...rest] = token.split('.')
  if (!payload || !mac || rest.length > 0) return undefined
  const given = Buffer.from(mac, 'base64url')
  const wanted = signature(purpose, payload)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}
