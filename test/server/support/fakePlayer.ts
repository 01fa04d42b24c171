import { randomUUID } from 'node:crypto'
import { me, sessionView, type CreateSession, type SessionView } from '../../../config/protocol/api.ts'
import { toPlayer, type ToPlayer } from '../../../config/protocol/playerSocket.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { protocolVersion } from '../../../config/protocol/version.ts'
import { openTestSocket, type TestSocket } from './socket.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  /** The code of an error's answer. */
  readonly code: string | null
}

/** A guest's browser, without a page. */
export interface FakePlayer {
  readonly guestId: string
  readonly cookie: string
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  create(change?: Partial<CreateSession>): Promise<SessionView>
  /** A socket that has said hello. */
  connect(): Promise<PlayerSocket>
}

export interface PlayerSocket extends TestSocket<ToPlayer> {
  /** The first view of this session that `accepts` takes. */
  view(sessionId: string, accepts: (view: SessionView) => boolean): Promise<SessionView>
}

export const request = async (
  port: number,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = /^application\/json(;|$)/.test(answer.headers.get('content-type') ?? '')
  const parsed: unknown = isJson ? JSON.parse(text) : text
  return { status: answer.status, headers: answer.headers, body: parsed, code: codeOf(parsed) }
}

function codeOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null
  const { error } = body as { error: { code?: unknown } }
  return typeof error.code === 'string' ? error.code : null
}

export const createBody = (change: Partial<CreateSession> = {}): CreateSession => ({
  titleId: 'game',
  idempotencyKey: randomUUID(),
  probes: [],
  codecs: ['h264'],
  stream: defaultStream,
  ...change,
})

export async function newPlayer(port: number): Promise<FakePlayer> {
  const answer = await request(port, 'GET', '/api/me')
  const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  return playerWith(port, me.parse(answer.body).guestId, cookie)
}

/** The same guest at another address, as after a restart of the router. */
export function playerWith(port: number, guestId: string, cookie: string): FakePlayer {
  const player: FakePlayer = {
    guestId,
    cookie,
    request: (method, path, body, headers = {}) => request(port, method, path, body, { cookie, ...headers }),
    async create(change) {
      const created = await player.request('POST', '/api/sessions', createBody(change))
      if (created.status !== 201) throw new Error(`create: ${created.status} ${JSON.stringify(created.body)}`)
      return sessionView.parse(created.body)
    },
    async connect() {
      const socket = await openTestSocket<ToPlayer>(`ws://127.0.0.1:${port}/ws/player`, {
        headers: { cookie, origin: `http://127.0.0.1:${port}` },
      })
      socket.send({ kind: 'hello', version: protocolVersion })
      toPlayer.parse(await socket.next('welcome'))
      return Object.assign(socket, {
        async view(sessionId: string, accepts: (view: SessionView) => boolean) {
          const found = await socket.inbox.take(
            (message): message is Extract<ToPlayer, { kind: 'session' }> =>
              message.kind === 'session' && message.session.id === sessionId && accepts(message.session),
          )
          toPlayer.parse(found)
          return found.session
        },
      })
    },
  }
  return player
}
