import { Router, type Request } from 'express'
import type { Access } from '../accounts/access.ts'
import type { Hosts } from '../hosts/hosts.ts'
import { param } from './body.ts'
import { ownPages } from './ownPages.ts'
import { addRoute } from './route.ts'

const base = '/api/orgs/:orgId/nodes'

/** An organisation's nodes, as `config/protocol/hosts.ts` lists them. Mounted at `/api/orgs/:orgId/nodes`. */
export function hostRoutes(hosts: Hosts, access: Pick<Access, 'demand'>, publicUrl: string | null): Router {
  const router = Router({ mergeParams: true })
  router.use(ownPages)
  const addressOf = (request: Request): string =>
    publicUrl ?? `${request.protocol}://${request.headers.host ?? ''}`

  addRoute(router, base, '/', {
    async get(request, response) {
      const orgId = param(request, 'orgId')
      await access.demand(request, orgId, 'nodes:read')
      response.json(await hosts.nodes(orgId))
    },
  })
  addRoute(router, `${base}/tokens`, '/tokens', {
    async post(request, response) {
      const orgId = param(request, 'orgId')
      await access.demand(request, orgId, 'nodes:manage')
      response.status(201).json(await hosts.offer(orgId, addressOf(request)))
    },
  })
  return router
}
