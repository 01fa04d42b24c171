import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { Blob, ByteRange } from '../blobs/blobStore.ts'

export interface BlobAnswer {
  /** That never means other bytes. */
  readonly tag: string
  readonly type: string
  readonly cacheControl: string
  /** Null: there is nothing. */
  read(range?: ByteRange): Promise<Blob | null>
}

/**
 * Answers with a blob, or with the part of it that is asked for: players of films seek so.
 * @throws NearcadeError not-found
 */
export async function sendBlob(
  request: Request,
  response: Response,
  { tag, type, cacheControl, read }: BlobAnswer,
): Promise<void> {
  const asked = ifRangeFits(request, tag) ? request.headers.range : undefined
  const whole = asked === undefined || request.method === 'HEAD' ? await read() : null
  // The range depends on the size, which only the blob knows.
  const size = whole?.size ?? (await sizeOf(read))
  if (size === null) throw new NearcadeError('not-found')
  response.setHeader('ETag', `"${tag}"`)
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Cache-Control', cacheControl)
  if (request.fresh) {
    await drop(whole)
    return void response.status(304).end()
  }
  response.type(type)
  const range = asked === undefined ? null : rangeIn(asked, size)
  if (range === 'beyond') {
    await drop(whole)
    return void response.status(416).setHeader('Content-Range', `bytes */${size}`).end()
  }
  if (range !== null) {
    response.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${size}`)
  }
  response.setHeader('Content-Length', range === null ? size : range.end - range.start + 1)
  if (request.method === 'HEAD') {
    await drop(whole)
    return void response.end()
  }
  const blob = range === null ? (whole ?? (await read())) : await read(range)
  if (blob === null) throw new NearcadeError('not-found')
  await pipeline(blob.bytes, response).catch((cause: NodeJS.ErrnoException) => {
    // Whoever seeks leaves the answer to the question before.
    if (cause.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause
  })
}

/** RFC 9110, section 13.1.5. */
const ifRangeFits = (request: Request, tag: string): boolean => {
  const { 'if-range': condition } = request.headers
  return condition === undefined || condition === `"${tag}"`
}

/** RFC 9110, section 14.1.2, one range alone. Null: what is asked for is nothing of the kind, so that all of it is the answer. */
export function rangeIn(header: string, size: number): ByteRange | 'beyond' | null {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? []
  if (from === '' && to === '') return null
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (from !== '' && to !== '' && Number(to) < start) return null
  return start > end ? 'beyond' : { start, end }
}

async function sizeOf(read: (range?: ByteRange) => Promise<Blob | null>): Promise<number | null> {
  const blob = await read({ start: 0, end: 0 })
  await drop(blob)
  return blob?.size ?? null
}

/** Nobody reads it. */
async function drop(blob: Blob | null): Promise<void> {
  await blob?.bytes[Symbol.asyncIterator]().return?.()
}
