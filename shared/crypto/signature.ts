/** Tokens that only this program can make: signed ones, which links carry, and sealed ones, which tell nothing. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { setting } from '../kernel/settings.ts'

const macOf = (purpose: string, payload: string): Buffer =>
  createHmac('sha256', setting('SIGNING_SECRET')).update(`${purpose}.${payload}`).digest()

/** A token good for one purpose, and the same for the same content. */
export const sign = (purpose: string, content: unknown): string => {
  const payload = Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${payload}.${macOf(purpose, payload).toString('base64url')}`
}

/** The token's content, or undefined when it was not signed by us for this purpose. */
export const verify = (purpose: string, token: string): unknown => {
  const [payload, mac, ...rest] = token.split('.')
  if (!payload || !mac || rest.length > 0) return undefined
  const given = Buffer.from(mac, 'base64url')
  const wanted = macOf(purpose, payload)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

const cipher = 'aes-256-gcm'
/** Bytes, as NIST SP 800-38D recommends for GCM. */
const nonceLength = 12
const tagLength = 16

/** A token good for one purpose, of which nobody else can read the content. */
export const seal = (purpose: string, content: unknown): string => {
  const nonce = randomBytes(nonceLength)
  const sealing = createCipheriv(cipher, macOf('seal', purpose), nonce)
  const sealed = [sealing.update(JSON.stringify(content)), sealing.final()]
  return Buffer.concat([nonce, sealing.getAuthTag(), ...sealed]).toString('base64url')
}

/** The token's content, or undefined when it was not sealed by us for this purpose. */
export const unseal = (purpose: string, token: string): unknown => {
  const bytes = Buffer.from(token, 'base64url')
  const tag = bytes.subarray(nonceLength, nonceLength + tagLength)
  if (tag.length < tagLength) return undefined
  const opening = createDecipheriv(cipher, macOf('seal', purpose), bytes.subarray(0, nonceLength))
  opening.setAuthTag(tag)
  try {
    const content = [opening.update(bytes.subarray(nonceLength + tagLength)), opening.final()]
    return JSON.parse(Buffer.concat(content).toString())
  } catch {
    return undefined
  }
}
