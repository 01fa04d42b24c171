import express, { Router, type Request } from 'express'
import type { Right } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'
import { embedRules, newLaunchKey } from '../../config/protocol/embed.ts'
import type { Access } from '../accounts/access.ts'
import type { Embeds } from '../embed/embeds.ts'
import { bodyOf, param } from './body.ts'
import { ownPages } from './ownPages.ts'
import { addRoute } from './route.ts'

const bodyLimitBytes = 16 * 1024

/** What publishers say of embedding, as `config/protocol/embed.ts` lists it. Mounted at `/api/orgs/:orgId`. */
export function embedRoutes(embeds: Embeds, access: Pick<Access, 'demand'>): Router {
  const router = Router({ mergeParams: true })
  router.use(
    ['/launch-keys', '/titles/:titleId/embed'],
    ownPages,
    express.json({ limit: bodyLimitBytes, strict: true }),
  )

  /** @throws NearcadeError when whoever asks may not do this here */
  async function ask(request: Request, right: Right): Promise<string> {
    const orgId = param(request, 'orgId')
    await access.demand(request, orgId, right)
    return orgId
  }

  addRoute(router, '/api/orgs/:orgId/launch-keys', '/launch-keys', {
    async get(request, response) {
      response.json({ keys: await embeds.keys(await ask(request, 'launch-keys:manage')) })
    },
    async post(request, response) {
      const orgId = await ask(request, 'launch-keys:manage')
      const body: unknown = request.body
      if (isPrivate(body)) throw new NearcadeError('bad-request', [privateKey])
      response.status(201).json(await embeds.addKey(orgId, bodyOf(newLaunchKey, request)))
    },
  })
  addRoute(router, '/api/orgs/:orgId/launch-keys/:keyId', '/launch-keys/:keyId', {
    async delete(request, response) {
      const orgId = await ask(request, 'launch-keys:manage')
      response.json({ keys: await embeds.dropKey(orgId, param(request, 'keyId')) })
    },
  })
  addRoute(router, '/api/orgs/:orgId/titles/:titleId/embed', '/titles/:titleId/embed', {
    async get(request, response) {
      const orgId = await ask(request, 'titles:read')
      response.json(await embeds.rules(orgId, param(request, 'titleId')))
    },
    async put(request, response) {
      const orgId = await ask(request, 'titles:write')
      const rules = bodyOf(embedRules, request)
      response.json(await embeds.setRules(orgId, param(request, 'titleId'), rules))
    },
  })
  return router
}

const privateKey =
  'jwk: this is a private key, and others have seen it now. Make a new pair and register its public half'

/** RFC 7518, section 6.2.2, and RFC 8037, section 2: `d` is the private half. */
const isPrivate = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  'jwk' in body &&
  typeof body.jwk === 'object' &&
  body.jwk !== null &&
  'd' in body.jwk
