import express, { Router, type Request, type Response } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { createSession, type Me } from '../../config/protocol/api.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import { isSameOrigin } from '../guests/sameOrigin.ts'
import { shortlist } from '../placement/shortlist.ts'
import { toProbeTarget } from '../placement/snapshot.ts'
import { iceServersFor } from '../turn/iceServers.ts'
import { createAddressLimit, type AddressLimit } from './addressLimit.ts'
import type { HttpContext } from './app.ts'
import { addRoute } from './route.ts'

const bodyLimitBytes = 64 * 1024
/** Of one address: a classroom behind one router is served, a script does not take every seat. */
const newGuests = { burst: 60, perSecond: 1 } as const
const newSessions = { burst: 40, perSecond: 0.5 } as const

/** The API as `config/protocol/api.ts` lists it. */
export function apiRoutes(context: HttpContext): Router {
  const { sessions, guests, catalogue, fleet, prior, operator, clock, turn } = context
  const router = Router()
  const guestLimit = createAddressLimit(newGuests.burst, newGuests.perSecond, clock)
  const sessionLimit = createAddressLimit(newSessions.burst, newSessions.perSecond, clock)
  router.use((request, response, next) => {
    response.setHeader('Cache-Control', 'no-store')
    const changesNothing = request.method === 'GET' || request.method === 'HEAD'
    if (!changesNothing && !isSameOrigin(request.headers)) throw new NearcadeError('cross-origin')
    next()
  })
  router.use(express.json({ limit: bodyLimitBytes, strict: true }))

  function limited(limit: AddressLimit, request: Request, response: Response): void {
    if (limit.take(request.ip ?? '')) return
    response.setHeader('Retry-After', limit.retryAfterS)
    throw new NearcadeError('too-many-requests')
  }

  /** Who asks; somebody unknown becomes a new guest with a cookie. */
  async function guestOf(request: Request, response: Response): Promise<string> {
    const { guestId, isNew, newCookie } = await guests.identify(request.headers.cookie)
    if (isNew) limited(guestLimit, request, response)
    if (newCookie !== null) {
      response.setHeader('Set-Cookie', request.secure ? `${newCookie}; Secure` : newCookie)
    }
    return guestId
  }

  /** Who asks, where only somebody known can own anything. */
  async function knownGuest(request: Request): Promise<string> {
    const guestId = await guests.recognise(request.headers.cookie)
    if (guestId === null) throw new NearcadeError('guest-needed')
    return guestId
  }

  addRoute(router, '/api/titles', '/titles', {
    get(_request, response) {
      response.json({ titles: catalogue.cards(fleet.online()) })
    },
  })
  addRoute(router, '/api/titles/:titleId', '/titles/:titleId', {
    get(request, response) {
      const card = catalogue.card(param(request, 'titleId'), fleet.online())
      if (card === null) throw new NearcadeError('title-not-found')
      response.json(card)
    },
  })
  addRoute(router, '/api/me', '/me', {
    async get(request, response) {
      const guestId = await guestOf(request, response)
      const answer: Me = { guestId, sessions: [...(await sessions.openOf(guestId))] }
      response.json(answer)
    },
  })
  addRoute(router, '/api/ice', '/ice', {
    async get(request, response) {
      response.json(iceServersFor(turn, await guestOf(request, response), clock.now()))
    },
  })
  addRoute(router, '/api/probes', '/probes', {
    async get(request, response) {
      const nodes = await shortlist(fleet.online(), () => prior.lookup(request.ip ?? ''))
      response.json({ targets: nodes.flatMap(toProbeTarget) })
    },
  })
  addRoute(router, '/api/sessions', '/sessions', {
    async post(request, response) {
      const decoded = decodeValue(createSession, request.body)
      if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
      limited(sessionLimit, request, response)
      const guestId = await guestOf(request, response)
      const { view, created } = await sessions.create(guestId, decoded.value, request.ip ?? '')
      if (created) operator.asked(view.id, request.ip ?? '')
      response.status(created ? 201 : 200).json(view)
    },
  })
  addRoute(router, '/api/sessions/:id', '/sessions/:id', {
    async get(request, response) {
      response.json(await sessions.view(await knownGuest(request), param(request, 'id')))
    },
    async delete(request, response) {
      response.json(await sessions.end(await knownGuest(request), param(request, 'id')))
    },
  })
  addRoute(router, '/api/sessions/:id/placement', '/sessions/:id/placement', {
    async get(request, response) {
      response.json(await sessions.placement(await knownGuest(request), param(request, 'id')))
    },
  })
  router.use(() => {
    throw new NearcadeError('not-found')
  })
  return router
}

function param(request: Request, name: string): string {
  const value = request.params[name]
  return typeof value === 'string' ? value : ''
}
