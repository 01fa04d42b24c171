import { type IncomingMessage, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type * as z from 'zod/mini'
import { errorBody } from '../../config/protocol/api.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import { Fault, knownFault } from './fault.ts'

/** A router over HTTP, asked with an API key. */
export interface RouterApi extends Disposable {
  readonly server: string
  /** @throws Fault unreachable, or refused with the router's own words; the signal's reason */
  call<T>(schema: z.ZodMiniType<T>, method: Method, path: string, ask?: Ask): Promise<T>
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

interface Ask {
  readonly json?: unknown
  /** Sent as they are; the caller leaves them alone until the answer is there. */
  readonly bytes?: Uint8Array
  /** Of silence. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

const usualTimeoutMs = 60_000
/** A list of the hashes that are missing is 280 kB; nothing that is asked for is much longer. */
const maxAnswerBytes = 32 * 1024 * 1024

/** @param server such as `https://your.network`; a path before `/api` is kept */
export function openRouter(server: string, key: string | null): RouterApi {
  const base = server.replace(/\/+$/, '')
  const isTls = base.startsWith('https:')
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })

  function send(
    method: Method,
    path: string,
    { json, bytes, timeoutMs = usualTimeoutMs, signal }: Ask,
  ): Promise<{ status: number; body: Buffer }> {
    const body = bytes ?? (json === undefined ? null : Buffer.from(JSON.stringify(json)))
    const type = bytes === undefined ? 'application/json' : 'application/octet-stream'
    const headers = {
      accept: 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === null ? {} : { 'content-type': type, 'content-length': String(body.length) }),
    }
    return new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(
        `${base}${path}`,
        { method, agent, headers, ...(signal === undefined ? {} : { signal }) },
        (response) => {
          answered = true
          readBody(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read }), reject)
        },
      )
      let answered = false
      request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)))
      // An answer that comes before the body is through says more than the broken pipe after it.
      request.on('error', (cause) => {
        if (!answered) reject(cause)
      })
      request.end(body ?? undefined)
    })
  }

  return {
    server: base,
    async call(schema, method, path, ask = {}) {
      const answer = await send(method, path, ask).catch((cause: unknown) => {
        ask.signal?.throwIfAborted()
        const why = cause instanceof Error ? cause.message || cause.name : String(cause)
        throw knownFault('unreachable', 'router-unreachable', [`${base}: ${why}`], cause)
      })
      const body = parsed(answer.body)
      if (answer.status < 200 || answer.status > 299) throw faultOf(base, path, answer.status, body)
      const decoded = decodeValue(schema, body)
      if (!decoded.ok) throw notNearcade(base, path, decoded.error.details)
      return decoded.value
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > maxAnswerBytes) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

function faultOf(base: string, path: string, status: number, body: unknown): Fault {
  const decoded = decodeValue(errorBody, body)
  if (decoded.ok) return new Fault('refused', decoded.value.error)
  // What a proxy says while the router behind it is away.
  if (status === 408 || status === 429 || status >= 500)
    return knownFault('unreachable', 'router-unreachable', [`${base} answers ${status}`])
  return notNearcade(base, path, [`it answers ${status}`])
}

const notNearcade = (base: string, path: string, details: readonly string[]): Fault =>
  new Fault('refused', {
    code: 'not-nearcade',
    what: `${base}${path} does not answer as Nearcade does.`,
    next: 'Look at the address (--server), and that both ends are of about the same version.',
    details,
  })
