/** Tokens that only this program can create: signed ones, whose content is readable, and sealed ones, which are encrypted. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { setting } from '../kernel/settings.ts'

const mac = (purpose: string, payload: string): Buffer =>
  createHmac('sha256', setting('SIGNING_SECRET')).update(`${purpose}.${payload}`).digest()

/** Creates a signed token that `verify` accepts for the same purpose only. Equal content gives equal tokens. */
export const sign = (purpose: string, content: unknown): string => {
  const payload = Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${payload}.${mac(purpose, payload).toString('base64url')}`
}

/** Returns the content of a signed token, or undefined if this program did not sign it for this purpose. */
export const verify = (purpose: string, token: string): unknown => {
  const [payload, signature, ...rest] = token.split('.')
  if (!payload || !signature || rest.length > 0) return undefined
  const actual = Buffer.from(signature, 'base64url')
  const expected = mac(purpose, payload)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

const cipher = 'aes-256-gcm'
/** Lengths in bytes, as NIST SP 800-38D recommends for GCM. */
const nonceLength = 12
const tagLength = 16

/** Creates an encrypted token that `unseal` accepts for the same purpose only. */
export const seal = (purpose: string, content: unknown): string => {
  const nonce = randomBytes(nonceLength)
  const sealing = createCipheriv(cipher, mac('seal', purpose), nonce)
  const sealed = [sealing.update(JSON.stringify(content)), sealing.final()]
  return Buffer.concat([nonce, sealing.getAuthTag(), ...sealed]).toString('base64url')
}

/** Returns the content of an encrypted token, or undefined if this program did not create it for this purpose. */
export const unseal = (purpose: string, token: string): unknown => {
  const bytes = Buffer.from(token, 'base64url')
  const tag = bytes.subarray(nonceLength, nonceLength + tagLength)
  if (tag.length < tagLength) return undefined
  const opening = createDecipheriv(cipher, mac('seal', purpose), bytes.subarray(0, nonceLength))
  opening.setAuthTag(tag)
  try {
    const content = [opening.update(bytes.subarray(nonceLength + tagLength)), opening.final()]
    return JSON.parse(Buffer.concat(content).toString())
  } catch {
    return undefined
  }
}
