import { randomUUID } from 'node:crypto'
import express, { Router, type Request, type Response } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { createSession, type Me, sessionChoice } from '../../config/protocol/api.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import { type EmbedGuest, embedGuestRequest } from '../../config/protocol/embed.ts'
import { credentialOf } from '../guests/credential.ts'
import type { Asker } from '../guests/guests.ts'
import { iceServersFor } from '../turn/iceServers.ts'
import { createAddressLimit, type AddressLimit } from './addressLimit.ts'
import type { HttpContext } from './app.ts'
import { bodyOf, param } from './body.ts'
import type { OperatorDoor } from './operator.ts'
import { ownPages } from './ownPages.ts'
import { addPartyRoutes } from './parties.ts'
import { probeHandlers } from './probes.ts'
import { addRatingRoutes, withRatings } from './ratings.ts'
import { addRoute } from './route.ts'

const bodyLimitBytes = 64 * 1024
/** Of one address: a classroom behind one router is served, a script does not take every seat. */
const newGuests = { burst: 60, perSecond: 1 } as const
const newSessions = { burst: 40, perSecond: 0.5 } as const
/** A page that is left open asks some three times in two minutes. */
const probing = { burst: 120, perSecond: 2 } as const
const newParties = { burst: 30, perSecond: 0.2 } as const
/** Every page of a party asks every two seconds. */
const partyCalls = { burst: 300, perSecond: 30 } as const

/** A player changes their mind a few times. */
const ratingCalls = { burst: 30, perSecond: 0.2 } as const

/** The API as `config/protocol/api.ts` lists it. @param door for what the operator may see too */
export function apiRoutes(context: HttpContext, door: OperatorDoor): Router {
  const {
    sessions,
    parties,
    guests,
    embeds,
    events,
    catalogue,
    ratings,
    fleet,
    routing,
    operator,
    clock,
    turn,
  } = context
  const router = Router()
  const guestLimit = createAddressLimit(newGuests.burst, newGuests.perSecond, clock)
  const sessionLimit = createAddressLimit(newSessions.burst, newSessions.perSecond, clock)
  const probeLimit = createAddressLimit(probing.burst, probing.perSecond, clock)
  const newPartyLimit = createAddressLimit(newParties.burst, newParties.perSecond, clock)
  const partyLimit = createAddressLimit(partyCalls.burst, partyCalls.perSecond, clock)
  const ratingLimit = createAddressLimit(ratingCalls.burst, ratingCalls.perSecond, clock)
  router.use(ownPages)
  router.use(express.json({ limit: bodyLimitBytes, strict: true }))

  function limited(limit: AddressLimit, request: Request, response: Response): void {
    if (limit.take(request.ip ?? '')) return
    response.setHeader('Retry-After', limit.retryAfterS)
    throw new NearcadeError('too-many-requests')
  }

  /** Who asks; somebody unknown becomes a new guest with a cookie, or is refused for a token that is not good. */
  async function askerOf(request: Request, response: Response): Promise<Asker> {
    if (credentialOf(request.headers).kind === 'token') return knownAsker(request)
    const { guestId, isNew, newCookie } = await guests.identify(request.headers.cookie)
    if (isNew) limited(guestLimit, request, response)
    if (newCookie !== null) {
      response.setHeader('Set-Cookie', request.secure ? `${newCookie}; Secure` : newCookie)
    }
    return { guestId, launchedFor: null }
  }
  const guestOf = async (request: Request, response: Response): Promise<string> =>
    (await askerOf(request, response)).guestId

  /** Who asks, where only somebody known can own anything. */
  async function knownAsker(request: Request): Promise<Asker> {
    const asker = await guests.whoAsks(request.headers)
    if (asker === null) throw new NearcadeError('guest-needed')
    return asker
  }
  const knownGuest = async (request: Request): Promise<string> => (await knownAsker(request)).guestId

  addRoute(router, '/api/titles', '/titles', {
    async get(_request, response) {
      response.json({ titles: await withRatings(ratings, catalogue.cards(fleet.online())) })
    },
  })
  addRoute(router, '/api/titles/:titleId', '/titles/:titleId', {
    async get(request, response) {
      const card = catalogue.card(param(request, 'titleId'), fleet.online())
      if (card === null) throw new NearcadeError('title-not-found')
      const [rated] = await withRatings(ratings, [card])
      response.json(rated)
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
  addRoute(
    router,
    '/api/probes',
    '/probes',
    probeHandlers(routing, (request, response) => limited(probeLimit, request, response)),
  )
  addRoute(router, '/api/sessions', '/sessions', {
    async post(request, response) {
      const decoded = decodeValue(createSession, request.body)
      if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
      limited(sessionLimit, request, response)
      const asker = await askerOf(request, response)
      if (decoded.value.testToken === undefined) await embeds.admit(decoded.value.titleId, asker)
      const { view, created } = await sessions.create(
        asker.guestId,
        events.admit(decoded.value, asker),
        request.ip ?? '',
      )
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
  addRoute(router, '/api/sessions/:id/choice', '/sessions/:id/choice', {
    async post(request, response) {
      const decoded = decodeValue(sessionChoice, request.body)
      if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
      const guestId = await knownGuest(request)
      response.json(await sessions.choose(guestId, param(request, 'id'), decoded.value))
    },
  })
  addRoute(router, '/api/sessions/:id/placement', '/sessions/:id/placement', {
    async get(request, response) {
      const bringsToken = request.headers.authorization !== undefined
      if (bringsToken) await door.admit(request, response)
      const isOperator = bringsToken || (await door.isOperator(request))
      const guestId = isOperator ? null : await knownGuest(request)
      response.json(await sessions.placement(guestId, param(request, 'id')))
    },
  })
  addRoute(router, '/api/embed/guests', '/embed/guests', {
    async post(request, response) {
      const { titleId, launchToken } = bodyOf(embedGuestRequest, request)
      if (catalogue.find(titleId) === null) throw new NearcadeError('title-not-found')
      limited(guestLimit, request, response)
      const asker: Asker =
        launchToken === undefined
          ? { guestId: randomUUID(), launchedFor: null }
          : await embeds.launch(titleId, launchToken, addressOf(request))
      await embeds.admit(titleId, asker)
      const answer: EmbedGuest = { guestId: asker.guestId, token: await guests.tokenFor(asker) }
      response.status(201).json(answer)
    },
  })
  addRatingRoutes(router, ratings, {
    knownGuest,
    limit: (request, response) => limited(ratingLimit, request, response),
  })
  addPartyRoutes(router, parties, {
    guestOf,
    knownGuest,
    recognise: async (request) => (await guests.whoAsks(request.headers))?.guestId ?? null,
    // Whoever plays in a party needs nothing but its code, so there is none of a title that not everybody may play.
    admit: (titleId) => embeds.admit(titleId, null),
    limitNew: (request, response) => limited(newPartyLimit, request, response),
    limit: (request, response) => limited(partyLimit, request, response),
  })
  router.use(() => {
    throw new NearcadeError('not-found')
  })
  return router
}

/** Of this network, as the browser has it. Whoever lies about it is sent by the same publisher as the same player, elsewhere. */
const addressOf = (request: Request): string => `${request.protocol}://${request.headers.host ?? ''}`
