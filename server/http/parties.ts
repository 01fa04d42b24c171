import type { Request, Response, Router } from 'express'
import { createParty, joinParty, partyChoice } from '../../config/protocol/party.ts'
import type { Parties } from '../parties/parties.ts'
import { bodyOf } from './body.ts'
import { addRoute } from './route.ts'

interface Door {
  /** Who asks; somebody unknown becomes a new guest. */
  guestOf(request: Request, response: Response): Promise<string>
  /** @throws NearcadeError guest-needed */
  knownGuest(request: Request): Promise<string>
  /** Null for somebody unknown. */
  recognise(request: Request): Promise<string | null>
  /** @throws NearcadeError too-many-requests */
  limitNew(request: Request, response: Response): void
  limit(request: Request, response: Response): void
  /** @throws NearcadeError launch-token-needed */
  admit(titleId: string): Promise<void>
}

/** Parties, as `config/protocol/party.ts` lists them. */
export function addPartyRoutes(router: Router, parties: Parties, door: Door): void {
  const ipOf = (request: Request): string => request.ip ?? ''
  const codeOf = (request: Request): string => String(request.params['code'] ?? '')

  addRoute(router, '/api/parties', '/parties', {
    async post(request, response) {
      const wish = bodyOf(createParty, request)
      door.limitNew(request, response)
      await door.admit(wish.titleId)
      const guestId = await door.guestOf(request, response)
      const { view, created } = await parties.create(guestId, ipOf(request), wish)
      response.status(created ? 201 : 200).json(view)
    },
  })
  addRoute(router, '/api/parties/:code', '/parties/:code', {
    async get(request, response) {
      door.limit(request, response)
      response.json(await parties.view(codeOf(request), await door.recognise(request), ipOf(request)))
    },
  })
  addRoute(router, '/api/parties/:code/members', '/parties/:code/members', {
    async post(request, response) {
      const entry = bodyOf(joinParty, request)
      door.limit(request, response)
      const guestId = await door.guestOf(request, response)
      response.json(await parties.join(codeOf(request), guestId, ipOf(request), entry))
    },
    async delete(request, response) {
      door.limit(request, response)
      response.json(await parties.leave(codeOf(request), await door.knownGuest(request)))
    },
  })
  addRoute(router, '/api/parties/:code/choice', '/parties/:code/choice', {
    async post(request, response) {
      const choice = bodyOf(partyChoice, request)
      door.limit(request, response)
      const guestId = await door.knownGuest(request)
      response.json(await parties.choose(codeOf(request), guestId, ipOf(request), choice))
    },
  })
}
