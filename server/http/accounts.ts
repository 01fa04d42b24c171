import express, { type Request, type Response, Router } from 'express'
import type { Right } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'
import { newApiKey, operatorClaim } from '../../config/protocol/account.ts'
import type { Accounts, By } from '../accounts/accounts.ts'
import type { Leaving } from '../accounts/leaving.ts'
import type { Clock } from '../clock.ts'
import type { Players } from '../players/players.ts'
import { createAddressLimit } from './addressLimit.ts'
import { bodyOf, param } from './body.ts'
import { addLeavingRoutes } from './leaving.ts'
import { ownPages } from './ownPages.ts'
import { addRoute } from './route.ts'

const bodyLimitBytes = 32 * 1024
/** Of one address: a class of people behind one router, with their pages open. */
const requests = { burst: 240, perSecond: 8 } as const

/** What is here alike for both: nobody else's page, nothing kept, no flood. */
function guarded(clock: Clock): Router {
  const limit = createAddressLimit(requests.burst, requests.perSecond, clock)
  const router = Router()
  router.use(ownPages)
  router.use((request, response, next) => {
    // No text of a database holds one.
    if (request.originalUrl.includes('%00'))
      throw new NearcadeError('bad-request', ['the address holds a zero character'])
    if (!limit.take(request.ip ?? '')) {
      response.setHeader('Retry-After', limit.retryAfterS)
      throw new NearcadeError('too-many-requests')
    }
    next()
  })
  return router
}

/** Accounts as `config/protocol/account.ts` lists them, mounted at `/api/account`. */
export function accountRoutes(
  context: { readonly accounts: Accounts; readonly leaving: Leaving; readonly players: Players },
  clock: Clock,
): Router {
  const { accounts } = context
  const router = guarded(clock)
  router.use(express.json({ limit: bodyLimitBytes, strict: true }))

  async function memberWith(right: Right, request: Request): Promise<By> {
    const actor = await accounts.access.demand(request, param(request, 'orgId'), right)
    // What keys may not do is no scope of theirs.
    if (actor.kind !== 'account') throw new NearcadeError('not-allowed')
    return { accountId: actor.accountId, address: request.ip ?? '' }
  }

  addRoute(router, '/api/account', '/', {
    async get(request, response) {
      setCookies(await accounts.stay(request), request, response)
      response.json(await accounts.view(request))
    },
  })
  addRoute(router, '/api/account/operator', '/operator', {
    async post(request, response) {
      const actor = await accounts.access.actorOf(request)
      if (actor.kind !== 'account') throw new NearcadeError('sign-in-needed')
      const { token } = bodyOf(operatorClaim, request)
      const by = { accountId: actor.accountId, address: request.ip ?? '' }
      await accounts.claim(by, token)
      response.json(await accounts.view(request))
    },
  })
  addRoute(router, '/api/account/key', '/key', {
    async get(request, response) {
      response.json(await accounts.ownKey(request))
    },
  })
  addRoute(router, '/api/account/keys/:orgId', '/keys/:orgId', {
    async get(request, response) {
      await memberWith('keys:manage', request)
      response.json({ keys: await accounts.keys(param(request, 'orgId')) })
    },
    async post(request, response) {
      const by = await memberWith('keys:manage', request)
      const wanted = bodyOf(newApiKey, request)
      response.status(201).json(await accounts.makeKey(by, param(request, 'orgId'), wanted))
    },
  })
  addRoute(router, '/api/account/keys/:orgId/:keyId', '/keys/:orgId/:keyId', {
    async delete(request, response) {
      const by = await memberWith('keys:manage', request)
      await accounts.revokeKey(by, param(request, 'orgId'), param(request, 'keyId'))
      response.json({ keys: await accounts.keys(param(request, 'orgId')) })
    },
  })
  addLeavingRoutes(router, { ...context, clock, memberWith })
  addRoute(router, '/api/account/audit', '/audit', {
    async get(request, response) {
      const actor = await accounts.access.actorOf(request)
      if (actor.kind === 'guest') throw new NearcadeError('sign-in-needed')
      if (actor.kind !== 'account' || !actor.isOperator) throw new NearcadeError('not-allowed')
      response.json(await accounts.auditPage(null, beforeIn(request)))
    },
  })
  addRoute(router, '/api/account/audit/:orgId', '/audit/:orgId', {
    async get(request, response) {
      await memberWith('org:manage', request)
      response.json(await accounts.auditPage(param(request, 'orgId'), beforeIn(request)))
    },
  })
  router.use(() => {
    throw new NearcadeError('not-found')
  })
  return router
}

/** The doors of the library behind `accounts`, mounted at `/api/auth`. */
export function authRoutes(accounts: Accounts, clock: Clock): Router {
  const router = guarded(clock)
  router.use((request, response, next) => {
    response.locals['route'] = '/api/auth/*'
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('Allow', 'GET, POST')
      throw new NearcadeError('method-not-allowed')
    }
    // A form of another page cannot say this of its content.
    if (request.method === 'POST' && request.is('json') === false)
      throw new NearcadeError('bad-request', ['the body must be JSON'])
    next()
  })
  router.use(express.raw({ limit: bodyLimitBytes, type: () => true, inflate: false }))
  router.use(async (request, response) => {
    const raw: unknown = request.body
    const body = Buffer.isBuffer(raw) ? raw : null
    if (body !== null) checkText(body)
    const { method, headers, ip, originalUrl } = request
    await send(await accounts.answer({ method, headers, ip, path: originalUrl, body }), request, response)
  })
  return router
}

/** @throws NearcadeError for what is no JSON, or holds what no database keeps */
function checkText(body: Buffer): void {
  const text = body.toString('utf8')
  if (text === '') return
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new NearcadeError('bad-request', ['the body is not JSON'], cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NearcadeError('bad-request', ['the body must be a JSON object'])
  if (/\\u0000/i.test(text)) throw new NearcadeError('bad-request', ['the body holds a zero character'])
}

async function send(
  answer: Awaited<ReturnType<Accounts['answer']>>,
  request: Request,
  response: Response,
): Promise<void> {
  if (answer.status >= 500) throw new Error(`accounts answered ${answer.status}: ${await answer.text()}`)
  response.status(answer.status)
  for (const [name, value] of answer.headers)
    if (!['set-cookie', 'content-length', 'cache-control'].includes(name)) response.setHeader(name, value)
  setCookies(answer.headers.getSetCookie(), request, response)
  response.end(Buffer.from(await answer.arrayBuffer()))
}

function setCookies(cookies: readonly string[], request: Request, response: Response): void {
  for (const cookie of cookies) response.append('Set-Cookie', request.secure ? `${cookie}; Secure` : cookie)
}

/** @throws NearcadeError bad-request */
function beforeIn(request: Request): number | null {
  const { before } = request.query
  if (before === undefined) return null
  if (typeof before !== 'string' || !/^\d{1,15}$/.test(before))
    throw new NearcadeError('bad-request', ['before: takes the id of an entry'])
  return Number(before)
}
