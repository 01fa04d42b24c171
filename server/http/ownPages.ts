import type { RequestHandler } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { isSameOrigin } from '../guests/sameOrigin.ts'

/** Of every API that browsers use with their cookies: nothing is kept, and pages of other sites change nothing. @throws NearcadeError cross-origin */
export const ownPages: RequestHandler = (request, response, next) => {
  response.setHeader('Cache-Control', 'no-store')
  const changesNothing = request.method === 'GET' || request.method === 'HEAD'
  if (!changesNothing && !isSameOrigin(request.headers)) throw new NearcadeError('cross-origin')
  next()
}
