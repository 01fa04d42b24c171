import type { ErrorRequestHandler, Request, Response } from 'express'
import { errorCatalogue, NearcadeError, type WireError } from '../../config/errors.ts'
import type { Log } from '../log.ts'
import { errorPage } from './errorPage.ts'

/** The last handler: any failure becomes an error of the catalogue. Users never see a stack; the log always does. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (failure: unknown, request, response, next) => {
    const error = toNearcadeError(failure)
    if (error.code === 'internal') log.error({ err: failure, path: request.path }, 'request failed')
    if (response.headersSent) return next(failure)
    sendError(response, error.toWire(), !wantsPage(request))
  }
}

/** Somebody who follows a link reads a page; programs read JSON. */
const wantsPage = (request: Request): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  !request.originalUrl.startsWith('/api/') &&
  request.accepts('html') !== false

function sendError(response: Response, error: WireError, asJson: boolean): void {
  response.status(errorCatalogue[error.code].status).setHeader('Cache-Control', 'no-store')
  if (asJson) response.json({ error })
  else response.type('html').send(errorPage(error))
}

/** Express and its body parser mark their errors with a `status`; what has none is ours. */
function toNearcadeError(failure: unknown): NearcadeError {
  if (failure instanceof NearcadeError) return failure
  const status = statusOf(failure)
  if (status === 413) return new NearcadeError('message-too-large', [], failure)
  if (status === 404) return new NearcadeError('not-found', [], failure)
  if (status !== null && status >= 400 && status < 500) {
    const why = failure instanceof SyntaxError ? 'the body is not JSON' : 'the request could not be read'
    return new NearcadeError('bad-request', [why], failure)
  }
  return new NearcadeError('internal', [], failure)
}

const statusOf = (failure: unknown): number | null =>
  failure instanceof Error && 'status' in failure && typeof failure.status === 'number'
    ? failure.status
    : null
