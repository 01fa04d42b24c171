import { createHash, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { Access } from '../accounts/access.ts'
import type { Clock } from '../clock.ts'
import type { Operator } from '../operator/operator.ts'
import { createAddressLimit } from './addressLimit.ts'
import { addRoute } from './route.ts'

/** Of one address: a few windows that refresh themselves, and no guessing of tokens. */
const requests = { burst: 60, perSecond: 2 } as const

/** Who sees the operator's view: whoever brings the token, and the operator's account. */
export interface OperatorDoor {
  /** @throws NearcadeError too-many-requests, operator-only, not-found where nobody brings a token */
  admit(request: Request, response: Response): Promise<void>
  /** Whether the operator's account is signed in. */
  isOperator(request: Request): Promise<boolean>
  /** Whether the page says that it is there. */
  isThere(request: Request): Promise<boolean>
}

/** The API as `config/protocol/operator.ts` lists it, mounted at `/api/operator`. */
export function operatorRoutes(operator: Operator, door: OperatorDoor): Router {
  const router = Router()
  router.use(async (request, response, next) => {
    await door.admit(request, response)
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

/** @param token what a request has to bring; '': none opens it */
export function operatorDoor(token: string, access: Pick<Access, 'actorOf'>, clock: Clock): OperatorDoor {
  const limit = createAddressLimit(requests.burst, requests.perSecond, clock)
  async function isOperator(request: Request): Promise<boolean> {
    if (request.headers.authorization !== undefined) return false
    const actor = await access.actorOf(request)
    return actor.kind === 'account' && actor.isOperator
  }
  async function admit(request: Request, response: Response): Promise<void> {
    response.setHeader('Cache-Control', 'no-store')
    // Right ones count too: an empty bucket tells nothing of the token.
    if (!limit.take(request.ip ?? '')) {
      response.setHeader('Retry-After', limit.retryAfterS)
      throw new NearcadeError('too-many-requests')
    }
    if (token !== '' && isBearer(request.headers.authorization, token)) return
    if (await isOperator(request)) return
    if (token === '') throw new NearcadeError('not-found')
    response.setHeader('WWW-Authenticate', 'Bearer')
    throw new NearcadeError('operator-only')
  }
  return { admit, isOperator, isThere: async (request) => token !== '' || isOperator(request) }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Digests are of one length, so the comparison takes the same time whatever was sent. The scheme's name has no case (RFC 9110, section 11.1). */
function isBearer(header: string | undefined, token: string): boolean {
  const [, given = ''] = /^bearer +(\S+)$/i.exec(header ?? '') ?? []
  return timingSafeEqual(digest(given), digest(token))
}
