import { existsSync } from 'node:fs'
import path from 'node:path'
import express, { Router, type Response } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { OperatorDoor } from './operator.ts'
import { addRoute } from './route.ts'

/** The built web app: its pages at their addresses, its hashed assets for ever. */
export function webRoutes({
  webDir,
  catalogue,
  door,
}: {
  webDir: string
  catalogue: Catalogue
  door: Pick<OperatorDoor, 'isThere'>
}): Router {
  const root = path.resolve(webDir)
  const router = Router()
  addRoute(router, '/', '/', { get: (_request, response) => sendPage(root, 'library', response) })
  addRoute(router, '/play/:titleId', '/play/:titleId', {
    get(request, response) {
      const { titleId } = request.params
      if (typeof titleId !== 'string' || catalogue.find(titleId) === null)
        throw new NearcadeError('title-not-found')
      return sendPage(root, 'play', response)
    },
  })
  for (const name of ['account', 'publisher'])
    addRoute(router, `/${name}`, `/${name}`, { get: (_request, response) => sendPage(root, name, response) })
  // The page asks what the link leads to, and says what is wrong with it.
  addRoute(router, '/test/:testToken', '/test/:testToken', {
    get: (_request, response) => sendPage(root, 'play', response),
  })
  addRoute(router, '/party/:code', '/party/:code', {
    get: (_request, response) => sendPage(root, 'party', response),
  })
  addRoute(router, '/operator', '/operator', {
    async get(request, response) {
      if (!(await door.isThere(request))) throw new NearcadeError('not-found')
      await sendPage(root, 'operator', response)
    },
  })
  router.use(
    '/assets',
    (_request, response, next) => {
      response.locals['route'] = '/assets/*'
      next()
    },
    express.static(path.join(root, 'assets'), {
      index: false,
      immutable: true,
      maxAge: '365d',
      redirect: false,
    }),
  )
  router.use(express.static(root, { index: false, maxAge: '1h', redirect: false }))
  router.use((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      throw new NearcadeError('method-not-allowed')
    }
    throw new NearcadeError('not-found')
  })
  return router
}

/** A page is `<name>.html`, or the index of its own folder. */
export function sendPage(root: string, name: string, response: Response): Promise<void> {
  const file = [`${name}.html`, `${name}/index.html`].find((candidate) =>
    existsSync(path.join(root, candidate)),
  )
  if (file === undefined) throw new NearcadeError('not-found', ['the web app has not been built'])
  response.setHeader('Cache-Control', 'no-cache')
  return new Promise((resolve, reject) => {
    response.sendFile(file, { root, cacheControl: false }, (failure) =>
      failure ? reject(failure) : resolve(),
    )
  })
}
