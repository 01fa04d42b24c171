import type { IncomingHttpHeaders } from 'node:http'
import { type Actor, may, type Right } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'

/** What of a request says who asks. */
export interface Asking {
  readonly headers: IncomingHttpHeaders
  readonly ip?: string | undefined
}

/** Who may do what: every door of accounts, keys and guests asks here. */
export interface Access {
  /**
   * Whoever brings an API key acts as the key alone; else the account that is signed in, else a guest.
   * @throws NearcadeError key-refused for a key that is unknown, revoked or expired; too-many-requests
   */
  actorOf(asking: Asking): Promise<Actor>
  /**
   * @throws NearcadeError sign-in-needed for guests, no-such-organisation for whoever is not in it, not-allowed, and what `actorOf` does
   */
  demand(asking: Asking, orgId: string, right: Right): Promise<Actor>
}

/** Where actors come from. */
export interface ActorSources {
  /** Whoever's account is signed in. */
  account(asking: Asking): Promise<Extract<Actor, { kind: 'account' }> | null>
  /** @throws NearcadeError too-many-requests */
  key(key: string, asking: Asking): Promise<Extract<Actor, { kind: 'key' }> | null>
  /** The guest's id. */
  guest(cookieHeader: string | undefined): Promise<string | null>
}

export const keyPrefix = 'nck_'

export function createAccess(sources: ActorSources): Access {
  async function actorOf(asking: Asking): Promise<Actor> {
    const key = keyIn(asking.headers.authorization)
    if (key !== null) {
      const actor = await sources.key(key, asking)
      if (actor === null) throw new NearcadeError('key-refused')
      return actor
    }
    return (
      (await sources.account(asking)) ?? {
        kind: 'guest',
        playerId: await sources.guest(asking.headers.cookie),
      }
    )
  }

  return {
    actorOf,
    async demand(asking, orgId, right) {
      const actor = await actorOf(asking)
      if (actor.kind === 'guest') throw new NearcadeError('sign-in-needed')
      const isIn = actor.kind === 'key' ? actor.orgId === orgId : actor.roles.has(orgId)
      // The same for one that does not exist: strangers learn nothing.
      if (!isIn) throw new NearcadeError('no-such-organisation')
      if (!may(actor, orgId, right)) throw new NearcadeError('not-allowed')
      return actor
    },
  }
}

/** The scheme's name has no case (RFC 9110, section 11.1). */
function keyIn(header: string | undefined): string | null {
  const [, token = ''] = /^bearer +(\S+)$/i.exec(header ?? '') ?? []
  return token.startsWith(keyPrefix) ? token : null
}
