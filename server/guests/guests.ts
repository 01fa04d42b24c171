import { randomBytes, randomUUID } from 'node:crypto'
import path from 'node:path'
import { jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import { secretFile } from '../keys/keyFile.ts'
import { readCookie } from './cookie.ts'

export const guestCookie = 'nearcade_guest'
const yearS = 365 * 24 * 3600
const refreshAfterS = 24 * 3600

export interface Identified {
  readonly guestId: string
  readonly isNew: boolean
  /** New value for the cookie, or null when the one that came is good for longer. */
  readonly newCookie: string | null
}

/**
 * People without an account: a signed cookie (JWT, HS256) says who somebody is, for a year from the last visit. Nothing is
 * stored of somebody who only looks; the first session does that.
 */
export interface Guests {
  /** Whose cookie this is, or null for none, a forged or an expired one. */
  recognise(cookieHeader: string | undefined): Promise<string | null>
  /** Same, but somebody unknown becomes a new guest. */
  identify(cookieHeader: string | undefined): Promise<Identified>
}

/** The key lives in `dataDir/keys/guest.key`, made at the first start. */
export async function openGuests(dataDir: string, clock: Clock): Promise<Guests> {
  const text = await secretFile(path.join(dataDir, 'keys', 'guest.key'), () =>
    randomBytes(32).toString('base64url'),
  )
  const key = Buffer.from(text.trim(), 'base64url')

  async function verify(cookieHeader: string | undefined) {
    const token = readCookie(cookieHeader, guestCookie)
    if (token === null) return null
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        currentDate: new Date(clock.now()),
        requiredClaims: ['sub', 'iat', 'exp'],
      })
      return { guestId: String(payload.sub), issuedAtS: payload.iat ?? 0 }
    } catch {
      return null
    }
  }

  const sign = (guestId: string, nowS: number): Promise<string> =>
    new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(guestId)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + yearS)
      .sign(key)

  return {
    async recognise(cookieHeader) {
      return (await verify(cookieHeader))?.guestId ?? null
    },
    async identify(cookieHeader) {
      const known = await verify(cookieHeader)
      const nowS = Math.floor(clock.now() / 1000)
      if (known !== null && nowS - known.issuedAtS < refreshAfterS) {
        return { guestId: known.guestId, isNew: false, newCookie: null }
      }
      const guestId = known?.guestId ?? randomUUID()
      return { guestId, isNew: known === null, newCookie: cookieText(await sign(guestId, nowS)) }
    },
  }
}

const cookieText = (token: string): string =>
  `${guestCookie}=${token}; Path=/; Max-Age=${yearS}; HttpOnly; SameSite=Lax`
