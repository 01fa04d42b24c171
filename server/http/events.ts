import express, { type Request, Router } from 'express'
import type { Actor, Right } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'
import { eventChange, newEvent } from '../../config/protocol/events.ts'
import type { Access } from '../accounts/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import { bodyOf, param } from './body.ts'
import { nameOf } from './nameOf.ts'
import type { OperatorDoor } from './operator.ts'
import { ownPages } from './ownPages.ts'
import { addRoute } from './route.ts'

const bodyLimitBytes = 32 * 1024
const base = '/api/orgs/:orgId/events'

/** Bookings of an organisation, as `config/protocol/events.ts` lists them. Mounted at `/api/orgs/:orgId/events`. */
export function eventRoutes(
  events: Events,
  accounts: { readonly access: Pick<Access, 'demand'> } & Pick<Accounts, 'ownKey' | 'view'>,
): Router {
  const router = Router({ mergeParams: true })
  router.use(ownPages, express.json({ limit: bodyLimitBytes, strict: true }))

  /** @throws NearcadeError when whoever asks may not do this here */
  async function ask(
    request: Request,
    right: Right,
  ): Promise<{ orgId: string; eventId: string; actor: Actor }> {
    const orgId = param(request, 'orgId')
    const actor = await accounts.access.demand(request, orgId, right)
    return { orgId, eventId: param(request, 'eventId'), actor }
  }

  addRoute(router, base, '/', {
    async get(request, response) {
      const { orgId } = await ask(request, 'titles:read')
      const { titleId } = request.query
      response.json(await events.list(orgId, typeof titleId === 'string' ? titleId : null))
    },
    async post(request, response) {
      const { orgId, actor } = await ask(request, 'titles:publish')
      const wish = bodyOf(newEvent, request)
      const { event, isNew } = await events.book(orgId, wish, await nameOf(accounts, request, actor))
      response.status(isNew ? 201 : 200).json(event)
    },
  })
  addRoute(router, `${base}/room`, '/room', {
    async get(request, response) {
      const { orgId } = await ask(request, 'titles:read')
      const { titleId } = request.query
      response.json(
        await events.room(
          orgId,
          typeof titleId === 'string' ? titleId : '',
          timeIn(request, 'fromMs'),
          timeIn(request, 'toMs'),
        ),
      )
    },
  })
  addRoute(router, `${base}/:eventId`, '/:eventId', {
    async get(request, response) {
      const { orgId, eventId } = await ask(request, 'titles:read')
      response.json(await events.find(orgId, eventId))
    },
    async patch(request, response) {
      const { orgId, eventId } = await ask(request, 'titles:publish')
      response.json(await events.change(orgId, eventId, bodyOf(eventChange, request)))
    },
    async delete(request, response) {
      const { orgId, eventId } = await ask(request, 'titles:publish')
      response.json(await events.cancel(orgId, eventId))
    },
  })
  return router
}

/** Everybody's bookings, for the operator. Mounted at `/api/operator/events`. */
export function operatorEventRoutes(
  events: Events,
  door: Pick<OperatorDoor, 'admit'>,
  accounts: Pick<Accounts, 'note'>,
): Router {
  const router = Router()
  router.use(ownPages, async (request, response, next) => {
    await door.admit(request, response)
    next()
  })
  addRoute(router, '/api/operator/events', '/', {
    get(_request, response) {
      response.json(events.all())
    },
  })
  addRoute(router, '/api/operator/events/:eventId', '/:eventId', {
    async delete(request, response) {
      const eventId = param(request, 'eventId')
      const orgId = events.all().events.find(({ event }) => event.eventId === eventId)?.orgId
      await events.cancel(null, eventId)
      const { headers, ip } = request
      if (orgId !== undefined)
        await accounts.note({ headers, ip }, 'event-cancelled-by-operator', orgId, eventId)
      response.json(events.all())
    },
  })
  return router
}

/** @throws NearcadeError bad-request */
function timeIn(request: Request, name: string): number {
  const value = request.query[name]
  const atMs = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(atMs)) throw new NearcadeError('bad-request', [`${name}: must be ms since 1970`])
  return atMs
}
