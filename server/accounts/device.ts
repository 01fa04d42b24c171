import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import { readCookie } from '../guests/cookie.ts'
import { emailDigest } from './signInLock.ts'

const name = 'nearcade_device'
const audience = 'nearcade-device'
const yearS = 365 * 24 * 3600

/**
 * Tells browsers that have signed in to an account before from strangers, so that those who guess its password hold up only each other.
 * It opens nothing.
 */
export interface Devices {
  /** The browser's own id, when its cookie is for the account of this address. */
  idOf(cookieHeader: string | undefined, email: string): Promise<string | null>
  cookieFor(email: string): Promise<string>
}

export function createDevices(secret: string, clock: Clock): Devices {
  const key = new TextEncoder().encode(secret)
  return {
    async idOf(cookieHeader, email) {
      const token = readCookie(cookieHeader, name)
      if (token === null) return null
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          audience,
          currentDate: new Date(clock.now()),
          requiredClaims: ['sub', 'jti', 'exp'],
        })
        return payload.sub === emailDigest(email) ? String(payload.jti) : null
      } catch {
        return null
      }
    },
    async cookieFor(email) {
      const nowS = Math.floor(clock.now() / 1000)
      const token = await new SignJWT()
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(audience)
        .setSubject(emailDigest(email))
        .setJti(randomUUID())
        .setExpirationTime(nowS + yearS)
        .sign(key)
      return `${name}=${token}; Path=/api/auth; Max-Age=${yearS}; HttpOnly; SameSite=Lax`
    },
  }
}
