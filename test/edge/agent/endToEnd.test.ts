import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { pino } from 'pino'
import { parseEdgeSettings } from '../../../config/settings/edge.ts'
import { parseRouterSettings } from '../../../config/settings/router.ts'
import { type Agent, startAgent } from '../../../edge/agent/agent.ts'
import { type Router, startRouter } from '../../../server/router.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import { descendants, sessionProcesses } from '../../support/processes.ts'
import type { FakeBrowser } from '../session/fakeBrowser.ts'
import { type Cable, layCable } from './cable.ts'
import { type FakePlayer, openPlayer } from './fakePlayer.ts'

const title = 'latency-lab'
const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
const space = 57

/** Router and agent in this process, sessions as real processes, werift as the browser. */
async function startNetwork(router: Record<string, string>, edge: Record<string, string> = {}) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'nearcade-e2e-'))
  const onDisk = router['NEARCADE_DATA'] !== undefined
  const start = async (port: number): Promise<Router> =>
    startRouter(
      parseRouterSettings({
        NEARCADE_PORT: String(port),
        NEARCADE_DATA: path.join(dataDir, 'router'),
        NEARCADE_TITLES: path.resolve('edge/titles'),
        NEARCADE_WEB: dataDir,
        NEARCADE_ENROL_TOKEN: 'token',
        NEARCADE_HEARTBEAT_MS: '300',
        ...router,
        ...(onDisk ? { NEARCADE_DATA: path.join(dataDir, 'router') } : {}),
      }),
      { log, ...(onDisk ? {} : { store: await openPgliteStore(null) }) },
    )
  let running = await start(0)
  const cable: Cable = await layCable(() => running.port)
  const agent: Agent = await startAgent(
    parseEdgeSettings({
      NEARCADE_ROUTER_URL: `ws://127.0.0.1:${cable.port}`,
      NEARCADE_DATA: path.join(dataDir, 'edge'),
      NEARCADE_TITLES: path.resolve('edge/titles'),
      NEARCADE_ENROL_TOKEN: 'token',
      NEARCADE_SEATS: '4',
      ...edge,
    }),
    { log, sessionEnv: { PATH: process.env['PATH'] ?? '' } },
  )
  await agent.accepted
  const players: FakePlayer[] = []
  return {
    agent,
    cable,
    url: `http://127.0.0.1:${running.port}`,
    async player(): Promise<FakePlayer> {
      const player = await openPlayer(`http://127.0.0.1:${running.port}`)
      players.push(player)
      return player
    },
    async restartRouter(): Promise<void> {
      const { port } = running
      await running.close()
      running = await start(port)
    },
    async close(): Promise<void> {
      for (const player of players) await player.close()
      await agent.close()
      await cable[Symbol.asyncDispose]()
      await running.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function play(player: FakePlayer): Promise<{ sessionId: string; browser: FakeBrowser }> {
  const { id: sessionId } = await player.create(title)
  const browser = await player.connect(sessionId)
  await player.state(sessionId, 'playing')
  await browser.nextFrame()
  return { sessionId, browser }
}

/** Presses a key and waits for the frame that shows it. */
async function press(browser: FakeBrowser): Promise<void> {
  const id = browser.input({ type: 'key', evdev: space, down: true })
  browser.input({ type: 'key', evdev: space, down: false })
  for (;;) if ((await browser.nextFrame()).inputId >= id) return
}

const processOf = (pattern: RegExp): number => {
  const found = descendants(process.pid).find(
    ({ commandLine, name }) => pattern.test(commandLine) && name !== 'bwrap' && name !== 'sh',
  )
  if (found === undefined) throw new Error(`no process ${pattern}`)
  return found.pid
}

describe('router, agent and session together', function () {
  this.timeout(30_000)
  let network: Awaited<ReturnType<typeof startNetwork>>
  let player: FakePlayer

  before(async () => {
    network = await startNetwork({ NEARCADE_GRACE_MS: '60000', NEARCADE_NODE_LOST_MS: '3000' })
  })
  beforeEach(async () => {
    player = await network.player()
  })
  afterEach(async () => {
    await player.close()
  })
  after(async () => {
    await network.close()
  })

  it('plays: pictures, sound, keys that come back in frames, and an end by the player', async () => {
    const { sessionId, browser } = await play(player)
    expect(browser.records[0]?.keyframe).to.equal(true)
    await press(browser)
    browser.control({ kind: 'hello', version: 1 })
    expect(await browser.hear('welcome')).to.include({ sessionId, titleId: title, codec: 'h264' })
    expect(browser.packets.video).to.be.greaterThan(0)
    player.end(sessionId)
    expect((await player.ended(sessionId)).end?.reason).to.equal('player-ended')
  })

  it('counts bad input and bad messages, answers with a code, and plays on', async () => {
    const { sessionId, browser } = await play(player)
    browser.raw('keys', Buffer.from([9, 9, 9]))
    browser.raw('motion', Buffer.alloc(2000))
    browser.control('{"kind":"nonsense"}')
    expect((await browser.hear('error')).error.code).to.equal('bad-message')
    await press(browser)
    player.end(sessionId)
    await player.ended(sessionId)
  })

  it('says that the game crashed, with how', async () => {
    const { sessionId } = await play(player)
    process.kill(processOf(/main\.cjs/), 'SIGKILL')
    const { end } = await player.ended(sessionId)
    expect(end).to.include({ reason: 'game-crashed' })
    expect(end?.detail).to.match(/^signal SIGKILL/)
  })

  it('says that the session process crashed, and gives the seat to the next session', async () => {
    const { sessionId } = await play(player)
    const playing = sessionProcesses(process.pid).map(({ pid }) => pid)
    const owner = descendants(process.pid).find(({ commandLine }) => /main\.cjs/.test(commandLine))
    const pid = playing.find((one) => descendants(one).some((child) => child.pid === owner?.pid))
    if (pid === undefined) throw new Error('no session process')
    process.kill(pid, 'SIGKILL')
    expect((await player.ended(sessionId)).end).to.include({
      reason: 'session-crashed',
      detail: 'signal SIGKILL',
    })
    const next = await play(player)
    player.end(next.sessionId)
    await player.ended(next.sessionId)
  })

  it('says that the display died', async () => {
    const { sessionId } = await play(player)
    const pid = descendants(process.pid)
      .filter(({ name }) => name === 'Xvfb')
      .map((one) => one.pid)
    for (const one of pid) process.kill(one, 'SIGKILL')
    const { end } = await player.ended(sessionId)
    expect(end).to.include({ reason: 'session-crashed' })
    expect(end?.detail).to.match(/the display ended/)
  })

  it('plays on in silence when the sound server dies', async () => {
    const { sessionId, browser } = await play(player)
    for (const { name, pid } of descendants(process.pid))
      if (name === 'pulseaudio') process.kill(pid, 'SIGKILL')
    await press(browser)
    player.end(sessionId)
    expect((await player.ended(sessionId)).end?.reason).to.equal('player-ended')
  })

  it('freezes a session that is left, and resumes it in another browser with a keyframe', async () => {
    const { sessionId, browser } = await play(player)
    browser.control({ kind: 'bye' })
    await player.state(sessionId, 'suspended')
    await browser.close()
    const other = await player.connect(sessionId)
    const first = await other.nextFrame()
    expect(first.keyframe).to.equal(true)
    await press(other)
    player.end(sessionId)
    await player.ended(sessionId)
  })

  it('lets a second window take over, and tells the first', async () => {
    const { sessionId, browser } = await play(player)
    const second = await player.connect(sessionId)
    const rejected = await player.signal((signal) => signal.kind === 'rejected')
    expect(rejected).to.deep.include({ peerId: browser.peerId, code: 'session-taken' })
    await press(second)
    player.end(sessionId)
    await player.ended(sessionId)
  })

  it('ends sessions of a node that is gone, and the node ends what the router has given up', async () => {
    const { sessionId } = await play(player)
    network.cable.pull()
    expect((await player.ended(sessionId)).end?.reason).to.equal('edge-gone')
    network.cable.plug()
    const next = await openPlayer(network.url)
    for (;;) {
      const health = (await (await fetch(`http://127.0.0.1:${network.agent.httpPort}/healthz`)).json()) as {
        sessions: number
        online: boolean
      }
      if (health.online && sessionProcesses(process.pid).length <= 1) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await next.close()
  })
})

describe('a session whose player does nothing', function () {
  this.timeout(30_000)
  let network: Awaited<ReturnType<typeof startNetwork>>
  let player: FakePlayer

  before(async () => {
    network = await startNetwork({
      NEARCADE_GRACE_MS: '300',
      NEARCADE_IDLE_MS: '2000',
      NEARCADE_IDLE_WARNING_MS: '1500',
    })
    player = await network.player()
  })
  after(async () => {
    await network.close()
  })

  it('is warned, stays when touched, and ends when not', async () => {
    const { sessionId, browser } = await play(player)
    const warning = await browser.hear('idle-warning')
    expect(warning.endsInMs).to.be.within(1, 1500)
    browser.control({ kind: 'still-here' })
    await browser.hear('idle-cleared')
    expect((await player.ended(sessionId)).end?.reason).to.equal('idle-timeout')
  })

  it('ends when its player stays away for longer than the grace', async () => {
    const { sessionId, browser } = await play(player)
    browser.control({ kind: 'bye' })
    await player.state(sessionId, 'suspended')
    expect((await player.ended(sessionId)).end?.reason).to.equal('grace-expired')
  })
})

describe('a router that restarts', function () {
  this.timeout(40_000)

  it('finds its sessions again: play goes on meanwhile, and nothing is lost', async () => {
    const network = await startNetwork({ NEARCADE_DATA: 'on disk' })
    try {
      const player = await network.player()
      const { sessionId, browser } = await play(player)
      await network.restartRouter()
      await press(browser)
      await player.reconnect()
      await player.state(sessionId, 'playing')
      await press(browser)
      player.end(sessionId)
      expect((await player.ended(sessionId)).end?.reason).to.equal('player-ended')
    } finally {
      await network.close()
    }
  })
})

describe('an agent that stops', function () {
  this.timeout(30_000)

  it('ends its sessions as node-stopped and leaves no process, screen or folder', async () => {
    const network = await startNetwork({})
    const player = await network.player()
    const { sessionId } = await play(player)
    const stopped = network.agent.close()
    expect((await player.ended(sessionId)).end?.reason).to.equal('node-stopped')
    await stopped
    expect(sessionProcesses(process.pid)).to.deep.equal([])
    const ours = (names: readonly string[]): string[] =>
      names.filter((name) => name.startsWith('nearcade-run-') && name.includes(`-${process.pid}-`))
    expect(ours(await readdir(tmpdir()))).to.deep.equal([])
    await network.close()
  })
})
