import type { Request, Response } from 'express'

/** Answers with bytes, or with the one part of them that is asked for (RFC 9110, section 14): some players of video insist on it. */
export function sendRanged(request: Request, response: Response, type: string, bytes: Buffer): void {
  response.type(type).setHeader('Accept-Ranges', 'bytes')
  const ranges = request.range(bytes.length, { combine: true })
  if (ranges === -1) {
    response.status(416).setHeader('Content-Range', `bytes */${bytes.length}`).end()
    return
  }
  const only = Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1 ? ranges[0] : undefined
  if (only === undefined) {
    response.send(bytes)
    return
  }
  response.status(206).setHeader('Content-Range', `bytes ${only.start}-${only.end}/${bytes.length}`)
  response.end(bytes.subarray(only.start, only.end + 1))
}
