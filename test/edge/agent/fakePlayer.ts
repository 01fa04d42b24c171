import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import type { SessionView } from '../../../config/protocol/api.ts'
import type { FromPlayer, ToPlayer } from '../../../config/protocol/playerSocket.ts'
import type { SessionState } from '../../../config/protocol/session.ts'
import type { Signal } from '../../../config/protocol/signal.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { protocolVersion } from '../../../config/protocol/version.ts'
import { type FakeBrowser, openFakeBrowser } from '../session/fakeBrowser.ts'

/** One guest at the real router's doors, with werift for a browser. */
export interface FakePlayer {
  /** @param testToken for what is staged */
  create(titleId: string, testToken?: string): Promise<SessionView>
  /** The session's state once it is of this kind. */
  state<K extends SessionState['kind']>(
    sessionId: string,
    kind: K,
  ): Promise<Extract<SessionState, { kind: K }>>
  /** The session's latest view once it has ended. */
  ended(sessionId: string): Promise<SessionView>
  /** Opens a connection to the session's node and waits until it is up. */
  connect(sessionId: string): Promise<FakeBrowser>
  readonly signals: readonly Signal[]
  signal(test: (signal: Signal) => boolean): Promise<Signal>
  end(sessionId: string): void
  /** After the router was away. */
  reconnect(): Promise<void>
  close(): Promise<void>
}

export async function openPlayer(routerUrl: string): Promise<FakePlayer> {
  const me = await fetch(`${routerUrl}/api/me`)
  const cookie = me.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const views: SessionView[] = []
  const signals: Signal[] = []
  const listeners = new Set<() => void>()
  const browsers: FakeBrowser[] = []
  const followed = new Set<string>()
  let socket: WebSocket | null = null

  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          const found = find()
          if (found === undefined) return
          resolve(found)
        } catch (error) {
          reject(error)
        }
        listeners.delete(look)
      }
      listeners.add(look)
      look()
    })
  const say = (message: FromPlayer): void => socket?.send(JSON.stringify(message))
  const dial = async (): Promise<void> => {
    const opened = new WebSocket(`${routerUrl.replace('http', 'ws')}/ws/player`, {
      headers: { cookie, origin: routerUrl },
    })
    socket = opened
    opened.on('error', () => {})
    opened.on('message', (data) => {
      const message = JSON.parse(String(data)) as ToPlayer
      if (message.kind === 'session') views.push(message.session)
      else if (message.kind === 'signal') signals.push(message.signal)
      for (const look of [...listeners]) look()
    })
    await new Promise((resolve, reject) => {
      opened.once('open', resolve)
      opened.once('error', reject)
    })
    say({ kind: 'hello', version: protocolVersion })
    for (const sessionId of followed) say({ kind: 'attach', sessionId })
  }
  await dial()

  const latest = (sessionId: string): SessionView | undefined =>
    views.filter(({ id }) => id === sessionId).toSorted((a, b) => b.revision - a.revision)[0]
  const player: FakePlayer = {
    async create(titleId, testToken) {
      const response = await fetch(`${routerUrl}/api/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, origin: routerUrl },
        body: JSON.stringify({
          titleId,
          idempotencyKey: randomUUID(),
          probes: [],
          codecs: ['h264', 'vp8'],
          stream: defaultStream,
          ...(testToken === undefined ? {} : { testToken }),
        }),
      })
      if (!response.ok) throw new Error(await response.text())
      const view = (await response.json()) as SessionView
      followed.add(view.id)
      say({ kind: 'attach', sessionId: view.id })
      return view
    },
    state: (sessionId, kind) =>
      until(() => {
        const state = latest(sessionId)?.state
        if (state?.kind === 'ended' && kind !== 'ended')
          throw new Error(`ended: ${state.reason} ${state.detail}`)
        return state?.kind === kind ? (state as Extract<SessionState, { kind: typeof kind }>) : undefined
      }),
    async ended(sessionId) {
      await player.state(sessionId, 'ended')
      const view = latest(sessionId)
      if (view === undefined) throw new Error('no view')
      return view
    },
    async connect(sessionId) {
      const browser = await openFakeBrowser()
      browsers.push(browser)
      say({ kind: 'signal', sessionId, signal: browser.offer })
      const answer = await until(() => {
        const state = latest(sessionId)?.state
        if (state?.kind === 'ended') throw new Error(`ended: ${state.reason} ${state.detail}`)
        return signals.find((signal) => signal.peerId === browser.peerId && signal.kind !== 'candidate')
      })
      if (answer.kind !== 'answer') throw new Error(JSON.stringify(answer))
      await browser.answer(answer.sdp)
      await browser.connected
      return browser
    },
    signals,
    signal: (test) => until(() => signals.find(test)),
    end: (sessionId) => say({ kind: 'end', sessionId }),
    reconnect: dial,
    async close() {
      socket?.terminate()
      await Promise.all(browsers.map((browser) => browser.close()))
    },
  }
  return player
}
