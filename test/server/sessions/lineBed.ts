import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { SessionChoice, SessionView } from '../../../config/protocol/api.ts'
import type { NodeStatus } from '../../../config/protocol/nodeSocket.ts'
import type { RouterSettings } from '../../../config/settings/router.ts'
import type { Router } from '../../../server/router.ts'
import { connectNode, type FakeNode, type FakeNodeOptions } from '../support/fakeNode.ts'
import {
  type Answer,
  type FakePlayer,
  newPlayer,
  playerWith,
  type PlayerSocket,
} from '../support/fakePlayer.ts'
import { createManualClock, type ManualClock } from '../support/manualClock.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { titleJson } from '../support/titles.ts'

/** A router on a clock of the test's, with nodes and players around it. */
export interface LineBed {
  readonly bed: TestBed
  readonly clock: ManualClock
  readonly router: Router
  start(settings?: Partial<RouterSettings>): Promise<void>
  /** Stops the router and starts another one over the same store. */
  restart(settings?: Partial<RouterSettings>): Promise<void>
  connect(options?: FakeNodeOptions): Promise<FakeNode>
  player(): Promise<FakePlayer>
  /** The same player at the present router. */
  again(player: FakePlayer): FakePlayer
  watch(player: FakePlayer, sessionId: string): Promise<PlayerSocket>
  /** Lets time pass in steps until something has come of it. */
  passing<T>(what: Promise<T>): Promise<T>
  /** Time that passes while these windows stay open. */
  pass(ms: number, ...windows: readonly PlayerSocket[]): Promise<void>
  end(): Promise<void>
}

export const choose = (player: FakePlayer, sessionId: string, choice: SessionChoice): Promise<Answer> =>
  player.request('POST', `/api/sessions/${sessionId}/choice`, choice)

export const isIn =
  (...kinds: readonly SessionView['state']['kind'][]) =>
  ({ state }: SessionView): boolean =>
    kinds.includes(state.kind)

export const seats = (...states: readonly NodeStatus['seats'][number]['state'][]): NodeStatus['seats'] =>
  states.map((state, seatId) => ({ seatId, state }))

export async function openLineBed(): Promise<LineBed & { close(): Promise<void> }> {
  const bed = await openTestBed()
  const titlesDir = path.join(bed.folder, 'line-titles')
  await mkdir(path.join(titlesDir, 'game'), { recursive: true })
  await mkdir(path.join(titlesDir, 'quick'), { recursive: true })
  await mkdir(path.join(titlesDir, 'couch'), { recursive: true })
  const quick = { ...titleJson('quick'), latencyBudgetMs: 100 }
  const couch = { ...titleJson('couch'), latencyBudgetMs: 100, players: { max: 3 } }
  for (const title of [titleJson('game'), quick, couch])
    await writeFile(path.join(titlesDir, title.id, 'nearcade.title.json'), JSON.stringify(title))
  let clock = createManualClock(Date.now())
  let router: Router | null = null
  let opened: { close(): Promise<void> }[] = []
  const now = (): Router => {
    if (router === null) throw new Error('no router runs')
    return router
  }
  const line: LineBed & { close(): Promise<void> } = {
    bed,
    get clock() {
      return clock
    },
    get router() {
      return now()
    },
    async start(settings = {}) {
      clock = createManualClock(Date.now())
      router = await bed.start({ heartbeatMs: 3_600_000, nodeLostMs: 600_000, titlesDir, ...settings }, clock)
      opened.push(router)
    },
    async restart(settings = {}) {
      await now().close()
      router = await bed.start({ heartbeatMs: 3_600_000, nodeLostMs: 600_000, titlesDir, ...settings }, clock)
      opened.push(router)
    },
    async connect(options = {}) {
      const titles = [
        { id: 'game', version: '1.0.0' },
        { id: 'quick', version: '1.0.0' },
        { id: 'couch', version: '1.0.0' },
      ]
      const status = { titles, ...options.status }
      const node = await connectNode(now().port, { key: await bed.enrolledKey(), ...options, status })
      opened.push(node)
      return node
    },
    player: () => newPlayer(now().port),
    again: ({ guestId, cookie }) => playerWith(now().port, guestId, cookie),
    async watch(player, sessionId) {
      const socket = await player.connect()
      opened.push(socket)
      socket.send({ kind: 'attach', sessionId })
      return socket
    },
    async passing(what) {
      let isDone = false
      const done = (): void => {
        isDone = true
      }
      what.then(done, done)
      for (let round = 0; !isDone; round += 1) {
        await new Promise((resolve) => setImmediate(resolve))
        if (round % 50 === 49) clock.pass(100)
      }
      return what
    },
    async pass(ms, ...windows) {
      for (let leftMs = ms; leftMs > 0; leftMs -= 9_000) {
        clock.pass(Math.min(9_000, leftMs))
        for (const window of windows) {
          window.send({ kind: 'ping', atMs: leftMs })
          await window.next('pong')
        }
      }
    },
    async end() {
      for (const thing of opened.reverse()) await thing.close()
      opened = []
      router = null
      await bed.endSessions()
    },
    close: () => bed.close(),
  }
  return line
}
