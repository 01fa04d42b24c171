import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import path from 'node:path'
import { jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import { secretFile } from '../keys/keyFile.ts'
import { readCookie } from './cookie.ts'
import { credentialOf } from './credential.ts'

export const guestCookie = 'nearcade_guest'
const yearS = 365 * 24 * 3600
const refreshAfterS = 24 * 3600
/** A publisher's user comes with a new launch token for every visit. */
const launchedS = 24 * 3600

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
  /** Who asks, by whichever credential counts (see `credentialOf`). */
  whoAsks(headers: IncomingHttpHeaders): Promise<Asker | null>
  /** A token for a frame that no cookie reaches; it says what the cookie would. */
  tokenFor(asker: Asker): Promise<string>
  /** The player that an organisation's user is here: always the same, and no other organisation's. */
  launchedPlayer(orgId: string, subject: string): string
}

export interface Asker {
  readonly guestId: string
  /** Title that a publisher's backend has sent this player to; null: nobody has. */
  readonly launchedFor: string | null
}

/** Whose account is signed in, by its player's id; null: nobody's. */
export type PlayerSignedIn = (cookieHeader: string | undefined) => Promise<string | null>

/** Whether a player is somebody's account's, who comes in by that alone. */
export type IsAccounts = (playerId: string) => Promise<boolean>

/**
 * The key lives in `dataDir/keys/guest.key`, made at the first start. Who is signed in is their account's player, whatever the cookie
 * says; what was signed for a guest before they made an account says nothing any more.
 */
export async function openGuests(
  dataDir: string,
  clock: Clock,
  playerSignedIn: PlayerSignedIn = async () => null,
  isAccounts: IsAccounts = async () => false,
): Promise<Guests> {
  const text = await secretFile(path.join(dataDir, 'keys', 'guest.key'), () =>
    randomBytes(32).toString('base64url'),
  )
  const key = Buffer.from(text.trim(), 'base64url')

  async function verify(token: string | null) {
    const known = token === null ? null : await read(token)
    if (known === null || known.launchedFor !== null) return known
    return (await isAccounts(known.guestId)) ? null : known
  }
  async function read(token: string) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        currentDate: new Date(clock.now()),
        requiredClaims: ['sub', 'iat', 'exp'],
      })
      const launchedFor = typeof payload['launchedFor'] === 'string' ? payload['launchedFor'] : null
      return { guestId: String(payload.sub), launchedFor, issuedAtS: payload.iat ?? 0 }
    } catch {
      return null
    }
  }
  /** One who was sent by a publisher is so for a day, and only by the token. */
  async function verifyCookie(cookieHeader: string | undefined) {
    const playerId = await playerSignedIn(cookieHeader)
    if (playerId !== null) return { guestId: playerId, launchedFor: null, issuedAtS: nowInS() }
    const known = await verify(readCookie(cookieHeader, guestCookie))
    return known?.launchedFor === null ? known : null
  }

  function sign({ guestId, launchedFor }: Asker, nowS: number): Promise<string> {
    const claims = launchedFor === null ? {} : { launchedFor }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(guestId)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + (launchedFor === null ? yearS : launchedS))
      .sign(key)
  }
  const nowInS = (): number => Math.floor(clock.now() / 1000)

  return {
    async recognise(cookieHeader) {
      return (await verifyCookie(cookieHeader))?.guestId ?? null
    },
    async identify(cookieHeader) {
      const known = await verifyCookie(cookieHeader)
      const nowS = nowInS()
      if (known !== null && nowS - known.issuedAtS < refreshAfterS) {
        return { guestId: known.guestId, isNew: false, newCookie: null }
      }
      const guestId = known?.guestId ?? randomUUID()
      return {
        guestId,
        isNew: known === null,
        newCookie: cookieText(await sign({ guestId, launchedFor: null }, nowS)),
      }
    },
    async whoAsks(headers) {
      const credential = credentialOf(headers)
      const known =
        credential.kind === 'token' ? await verify(credential.token) : await verifyCookie(credential.header)
      return known === null ? null : { guestId: known.guestId, launchedFor: known.launchedFor }
    },
    tokenFor: (asker) => sign(asker, nowInS()),
    // Keyed, because a node learns this id, and a subject may be somebody's e-mail address.
    launchedPlayer: (orgId, subject) =>
      `launched-${createHmac('sha256', key)
        .update(JSON.stringify(['player', orgId, subject]))
        .digest('base64url')}`,
  }
}

const cookieText = (token: string): string =>
  `${guestCookie}=${token}; Path=/; Max-Age=${yearS}; HttpOnly; SameSite=Lax`
