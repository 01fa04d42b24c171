import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express, { Router, type Request } from 'express'
import type { Actor, Right } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'
import { newVersion, promotion, versionToCheck } from '../../config/protocol/publishing.ts'
import type { Access } from '../accounts/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Publishing } from '../publishing/publishing.ts'
import { playsCsv, qualityCsvByDay, qualityCsvByRegion } from '../publishing/statsCsv.ts'
import { bodyOf, param } from './body.ts'
import { nameOf } from './nameOf.ts'
import { ownPages } from './ownPages.ts'
import { sendRanged } from './ranged.ts'
import { addRoute } from './route.ts'

const bodyLimitBytes = 16 * 1024
const base = '/api/orgs/:orgId/titles'

/** How it plays, as a table by each of these. */
const tables: Readonly<Record<string, typeof playsCsv>> = {
  day: qualityCsvByDay,
  region: qualityCsvByRegion,
}

/** What a test link leads to. Mounted at `/api/test`. */
export function testLinkRoutes({
  catalogue,
  fleet,
}: {
  catalogue: Catalogue
  fleet: Pick<Fleet, 'online'>
}): Router {
  const router = Router()
  addRoute(router, '/api/test/:testToken', '/:testToken', {
    get(request, response) {
      response.setHeader('Cache-Control', 'no-store')
      const card = catalogue.stagedCard(param(request, 'testToken'), fleet.online())
      if (card === null) throw new NearcadeError('title-not-found')
      response.json(card)
    },
  })
  return router
}

/** A publisher's titles, as `config/protocol/publishing.ts` lists them. Mounted at `/api/orgs/:orgId/titles`. */
export function publishingRoutes(context: {
  readonly publishing: Publishing
  readonly accounts: { readonly access: Pick<Access, 'demand'> } & Pick<Accounts, 'ownKey' | 'view'>
}): Router {
  const { publishing, accounts } = context

  const router = Router({ mergeParams: true })
  router.use(ownPages)
  router.use(express.json({ limit: bodyLimitBytes, strict: true }))

  /** @throws NearcadeError when whoever asks may not do this here */
  async function ask(
    request: Request,
    right: Right,
  ): Promise<{ orgId: string; titleId: string; actor: Actor }> {
    const orgId = param(request, 'orgId')
    const actor = await accounts.access.demand(request, orgId, right)
    return { orgId, titleId: param(request, 'titleId'), actor }
  }

  addRoute(router, base, '/', {
    async get(request, response) {
      const { orgId } = await ask(request, 'titles:read')
      response.json({ titles: await publishing.titles(orgId) })
    },
  })
  addRoute(router, `${base}/versions`, '/versions', {
    async post(request, response) {
      const { orgId, actor } = await ask(request, 'titles:write')
      const { uploadId } = bodyOf(newVersion, request)
      const { version, isNew } = await publishing.push(
        orgId,
        uploadId,
        await nameOf(accounts, request, actor),
      )
      response.status(isNew ? 201 : 200).json(version)
    },
  })
  addRoute(router, `${base}/:titleId`, '/:titleId', {
    async get(request, response) {
      const { orgId, titleId } = await ask(request, 'titles:read')
      response.json(await publishing.details(orgId, titleId))
    },
    async delete(request, response) {
      const { orgId, titleId } = await ask(request, 'titles:delete')
      await publishing.deleteTitle(orgId, titleId)
      response.json({})
    },
  })
  addRoute(router, `${base}/:titleId/promote`, '/:titleId/promote', {
    async post(request, response) {
      const wish = bodyOf(promotion, request)
      const { orgId, titleId } = await ask(
        request,
        wish.channel === 'live' ? 'titles:publish' : 'titles:write',
      )
      response.json(await publishing.promote(orgId, titleId, wish))
    },
  })
  addRoute(router, `${base}/:titleId/check`, '/:titleId/check', {
    async post(request, response) {
      const { version } = bodyOf(versionToCheck, request)
      const { orgId, titleId } = await ask(request, 'titles:write')
      response.json(await publishing.check(orgId, titleId, version))
    },
  })
  for (const [name, act] of [
    ['rollback', publishing.rollBack],
    ['withdraw', publishing.withdraw],
    ['restore', publishing.restore],
  ] as const)
    addRoute(router, `${base}/:titleId/${name}`, `/:titleId/${name}`, {
      async post(request, response) {
        const { orgId, titleId } = await ask(request, 'titles:publish')
        response.json(await act(orgId, titleId))
      },
    })
  addRoute(router, `${base}/:titleId/versions/:version`, '/:titleId/versions/:version', {
    async delete(request, response) {
      const { orgId, titleId } = await ask(request, 'titles:delete')
      response.json(await publishing.deleteVersion(orgId, titleId, param(request, 'version')))
    },
  })
  const pictures = '/:titleId/versions/:version/pictures/:name'
  addRoute(router, `${base}${pictures}`, pictures, {
    async get(request, response) {
      const { orgId, titleId } = await ask(request, 'titles:read')
      const [version, name] = [param(request, 'version'), param(request, 'name')]
      const picture = await publishing.picture(orgId, titleId, version, name)
      if (picture === null) throw new NearcadeError('not-found')
      response.type('png').send(picture)
    },
  })
  const clip = '/:titleId/versions/:version/clip'
  addRoute(router, `${base}${clip}`, clip, {
    async get(request, response) {
      const { orgId, titleId } = await ask(request, 'titles:read')
      const found = await publishing.clip(orgId, titleId, param(request, 'version'))
      if (found === null) throw new NearcadeError('not-found')
      sendRanged(request, response, 'mp4', found)
    },
  })
  addRoute(router, `${base}/:titleId/stats`, '/:titleId/stats', {
    async get(request, response) {
      const { orgId, titleId } = await ask(request, 'stats:read')
      const stats = await publishing.stats(orgId, titleId, query(request, 'from'), query(request, 'to'))
      if (query(request, 'format') !== 'csv') return void response.json(stats)
      const by = query(request, 'by')
      const table = by === null ? playsCsv : tables[by]
      if (table === undefined) throw new NearcadeError('bad-request', ['by: must be day or region'])
      const name = [titleId, stats.from, stats.to, ...(by === null ? [] : [`by ${by}`])].join(' ')
      response.attachment(`${name}.csv`).send(table(stats))
    },
    async delete(request, response) {
      const { orgId, titleId } = await ask(request, 'titles:delete')
      await publishing.forgetStats(orgId, titleId)
      response.json({})
    },
  })
  addRoute(router, `${base}/:titleId/ratings`, '/:titleId/ratings', {
    async get(request, response) {
      const { orgId, titleId } = await ask(request, 'stats:read')
      response.json(await publishing.ratings(orgId, titleId))
    },
  })
  addRoute(router, `${base}/:titleId/logs`, '/:titleId/logs', {
    async get(request, response) {
      const { orgId, titleId } = await ask(request, 'stats:read')
      const limit = Number(query(request, 'limit') ?? 100)
      if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000))
        throw new NearcadeError('bad-request', ['limit: must be a whole number from 1 to 1000'])
      response.json(await publishing.logs(orgId, titleId, limit))
    },
  })
  addRoute(router, `${base}/:titleId/export`, '/:titleId/export', {
    async get(request, response) {
      const { orgId, titleId } = await ask(request, 'data:export')
      const all = await publishing.everything(orgId, titleId)
      response.attachment(`${titleId}.jsonl`).type('application/jsonl')
      await pipeline(Readable.from(lines(all)), response)
    },
  })
  return router
}

async function* lines(all: AsyncIterable<object>): AsyncIterable<string> {
  for await (const one of all) yield `${JSON.stringify(one)}\n`
}

function query(request: Request, name: string): string | null {
  const value = request.query[name]
  return typeof value === 'string' ? value : null
}
