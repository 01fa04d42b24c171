import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response, Router } from 'express'
import type { Right } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'
import { organisationName, type PlayerData } from '../../config/protocol/leaving.ts'
import type { Accounts, By } from '../accounts/accounts.ts'
import type { Leaving } from '../accounts/leaving.ts'
import type { Clock } from '../clock.ts'
import { guestCookie } from '../guests/guests.ts'
import type { Players } from '../players/players.ts'
import { createAddressLimit } from './addressLimit.ts'
import { bodyOf, param } from './body.ts'
import { addRoute } from './route.ts'

/** Of one address: an export reads everything that there is. */
const exporting = { burst: 10, perSecond: 1 / 30 } as const
const nothing: PlayerData = { saves: [], sessions: 0, ratings: 0 }

export interface LeavingDoor {
  readonly accounts: Accounts
  readonly leaving: Leaving
  readonly players: Players
  readonly clock: Clock
  memberWith(right: Right, request: Request): Promise<By>
}

/** What `config/protocol/leaving.ts` lists, below `/api/account`. */
export function addLeavingRoutes(router: Router, door: LeavingDoor): void {
  const { accounts, leaving, players, clock, memberWith } = door
  const exports = createAddressLimit(exporting.burst, exporting.perSecond, clock)

  function limited(request: Request, response: Response): void {
    if (exports.take(request.ip ?? '')) return
    response.setHeader('Retry-After', exports.retryAfterS)
    throw new NearcadeError('too-many-requests')
  }

  /** @throws NearcadeError not-allowed for keys, which play nothing */
  async function playerOf(request: Request): Promise<string | null> {
    const actor = await accounts.access.actorOf(request)
    if (actor.kind === 'key') throw new NearcadeError('not-allowed')
    return actor.playerId
  }
  async function knownPlayer(request: Request): Promise<string> {
    const playerId = await playerOf(request)
    if (playerId === null) throw new NearcadeError('guest-needed')
    return playerId
  }

  addRoute(router, '/api/account/player', '/player', {
    async get(request, response) {
      const playerId = await playerOf(request)
      response.json(playerId === null ? nothing : await players.summary(playerId))
    },
    async delete(request, response) {
      const actor = await accounts.access.actorOf(request)
      await players.forget(await knownPlayer(request))
      // Who plays here next is somebody else.
      if (actor.kind === 'guest')
        response.append('Set-Cookie', `${guestCookie}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`)
      response.json({})
    },
  })
  addRoute(router, '/api/account/player/export', '/player/export', {
    async get(request, response) {
      const playerId = await knownPlayer(request)
      limited(request, response)
      const archive = await players.archive(playerId)
      response.attachment('nearcade-player.zip').type('application/zip')
      await pipeline(archive, response).catch(() => response.destroy())
    },
  })
  addRoute(router, '/api/account/leaving', '/leaving', {
    async get(request, response) {
      const actor = await accounts.access.actorOf(request)
      if (actor.kind !== 'account') throw new NearcadeError('sign-in-needed')
      response.json({ organisations: await leaving.standing(actor.accountId) })
    },
  })
  addRoute(router, '/api/account/organisations/:orgId', '/organisations/:orgId', {
    async delete(request, response) {
      const by = await memberWith('org:manage', request)
      const { name } = bodyOf(organisationName, request)
      await leaving.organisation(by, param(request, 'orgId'), name)
      response.json({})
    },
  })
  addRoute(router, '/api/account/organisations/:orgId/export', '/organisations/:orgId/export', {
    async get(request, response) {
      const by = await memberWith('data:export', request)
      limited(request, response)
      const orgId = param(request, 'orgId')
      await accounts.noteOf('data-exported', { ...by, orgId, detail: 'organisation' })
      response.attachment('nearcade-organisation.jsonl').type('application/jsonl')
      await pipeline(Readable.from(lines(leaving.everything(orgId))), response)
    },
  })
}

async function* lines(all: AsyncIterable<object>): AsyncIterable<string> {
  for await (const one of all) yield `${JSON.stringify(one)}\n`
}
