import type { RequestHandler } from 'express'
import type { Accounts } from '../accounts/accounts.ts'
import { param } from './body.ts'

const titles = '/api/orgs/:orgId/titles'

/** What is noted of an organisation's doings, by method and route. What is left out only reads, or can be seen from what follows. */
const actions: Readonly<Record<string, string>> = {
  [`POST ${titles}/versions`]: 'version-pushed',
  [`DELETE ${titles}/:titleId`]: 'title-deleted',
  [`POST ${titles}/:titleId/promote`]: 'version-promoted',
  [`POST ${titles}/:titleId/check`]: 'version-checked',
  [`POST ${titles}/:titleId/rollback`]: 'title-rolled-back',
  [`POST ${titles}/:titleId/withdraw`]: 'title-withdrawn',
  [`POST ${titles}/:titleId/restore`]: 'title-restored',
  [`DELETE ${titles}/:titleId/versions/:version`]: 'version-deleted',
  [`DELETE ${titles}/:titleId/stats`]: 'stats-deleted',
  [`GET ${titles}/:titleId/export`]: 'data-exported',
  [`POST ${titles}/:titleId/media`]: 'media-brought',
  [`PUT ${titles}/:titleId/media/order`]: 'media-ordered',
  [`PUT ${titles}/:titleId/media/:mediaId`]: 'media-described',
  [`DELETE ${titles}/:titleId/media/:mediaId`]: 'media-removed',
  [`POST ${titles}/:titleId/media/:mediaId/restore`]: 'media-restored',
  [`PUT ${titles}/:titleId/embed`]: 'embedding-changed',
  ['POST /api/orgs/:orgId/events']: 'event-booked',
  ['PATCH /api/orgs/:orgId/events/:eventId']: 'event-changed',
  ['DELETE /api/orgs/:orgId/events/:eventId']: 'event-cancelled',
  ['POST /api/orgs/:orgId/nodes/tokens']: 'join-token-made',
  ['POST /api/orgs/:orgId/launch-keys']: 'launch-key-made',
  ['DELETE /api/orgs/:orgId/launch-keys/:keyId']: 'launch-key-deleted',
}

const maxDetailChars = 120

/** Notes what was done in an organisation once it is done. Mounted at `/api/orgs/:orgId`, before what does it. */
export function orgAudit(accounts: Pick<Accounts, 'access' | 'note'>): RequestHandler {
  return (request, response, next) => {
    const orgId = param(request, 'orgId')
    const { method, headers, ip } = request
    // Without the query, below the organisation: `titles/<id>/promote`.
    const where = request.path.slice(1)
    response.once('finish', () => {
      const action = actions[`${method} ${String(response.locals['route'])}`]
      if (action === undefined || response.statusCode >= 400) return
      const detail = [where, textIn(request.body, 'version'), textIn(request.body, 'channel')]
        .filter((part) => part !== null)
        .join(' ')
        .slice(0, maxDetailChars)
      void accounts.note({ headers, ip }, action, orgId, detail)
    })
    next()
  }
}

function textIn(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : null
}
