import { createHash, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { Clock } from '../clock.ts'
import type { Operator } from '../operator/operator.ts'
import { createAddressLimit } from './addressLimit.ts'
import { addRoute } from './route.ts'

/** Of one address: a few windows that refresh themselves, and no guessing of tokens. */
const requests = { burst: 60, perSecond: 2 } as const

/** Lets in who brings the token. @throws NearcadeError too-many-requests, operator-only */
export type OperatorDoor = (request: Request, response: Response) => void

/** The API as `config/protocol/operator.ts` lists it, mounted at `/api/operator`. @param door null where there is no operator's view */
export function operatorRoutes(operator: Operator, door: OperatorDoor | null): Router {
  const router = Router()
  if (door === null) return router
  router.use((request, response, next) => {
    door(request, response)
    next()
  })
  addRoute(router, '/api/operator/map', '/map', {
    async get(_request, response) {
      response.json(await operator.map())
    },
  })
  addRoute(router, '/api/operator/demand', '/demand', {
    async get(_request, response) {
      response.json(await operator.demand())
    },
  })
  addRoute(router, '/api/operator/sessions', '/sessions', {
    get(_request, response) {
      response.json(operator.sessions())
    },
  })
  return router
}

/** @param token what a request has to bring; '' where there is no operator's view */
export function operatorDoor(token: string, clock: Clock): OperatorDoor | null {
  if (token === '') return null
  const limit = createAddressLimit(requests.burst, requests.perSecond, clock)
  return (request, response) => {
    response.setHeader('Cache-Control', 'no-store')
    // Right ones count too: an empty bucket tells nothing of the token.
    if (!limit.take(request.ip ?? '')) {
      response.setHeader('Retry-After', limit.retryAfterS)
      throw new NearcadeError('too-many-requests')
    }
    if (!isBearer(request.headers.authorization, token)) {
      response.setHeader('WWW-Authenticate', 'Bearer')
      throw new NearcadeError('operator-only')
    }
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Digests are of one length, so the comparison takes the same time whatever was sent. The scheme's name has no case (RFC 9110, section 11.1). */
function isBearer(header: string | undefined, token: string): boolean {
  const [, given = ''] = /^bearer +(\S+)$/i.exec(header ?? '') ?? []
  return timingSafeEqual(digest(given), digest(token))
}
