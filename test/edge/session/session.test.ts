import { expect } from 'chai'
import type { FromBrowser, ToBrowser } from '../../../config/protocol/control.ts'
import type { SessionEvent } from '../../../config/protocol/session.ts'
import type { Signal } from '../../../config/protocol/signal.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { defaultStrategies } from '../../../config/settings/strategies.ts'
import type { PeerEvents } from '../../../edge/peer/peer.ts'
import type { SessionJob } from '../../../edge/session/ipc.ts'
import type { SeatParts, SessionParts } from '../../../edge/session/parts.ts'
import { startSession } from '../../../edge/session/session.ts'
import type { StreamSettings } from '../../../edge/stream/stages.ts'
import { loadTitles } from '../../../edge/titles/catalogue.ts'
import { until } from '../sandbox/rig.ts'

const setup = {
  seatId: 0,
  sessionDir: '/nowhere',
  titlesDir: new URL('../../../edge/titles', import.meta.url).pathname,
  builtDir: '/nowhere',
  advertise: [],
  announceOwn: true,
  ipv6: true,
  udpPorts: null,
  strategies: defaultStrategies,
  logLevel: 'silent',
  widthPx: 1280,
  heightPx: 720,
}
const job = {
  sessionId: 's',
  titleId: 'latency-lab',
  guestId: 'g',
  encoderSpeeds: null,
  stream: defaultStream,
  graceMs: 1000,
  idleMs: 60_000,
  idleWarningMs: 1000,
}
const never = new Promise<never>(() => {})
const closeable = { async [Symbol.asyncDispose]() {} }

/** A session whose title starts when the test says so: only the order of things is at stake here. */
function open(change: Partial<SessionJob> = {}) {
  const checked: object[] = []
  /** For the first picture, ms. */
  const patience: number[] = []
  let endGame = (): void => {}
  const gameEnded = new Promise<object>((resolve) => {
    endGame = () => resolve({ kind: 'exited', code: 0 })
  })
  let startTitle = (_failure?: Error): void => {}
  const title = new Promise<void>((resolve, reject) => {
    startTitle = (failure) => (failure === undefined ? resolve() : reject(failure))
  })
  title.catch(() => undefined)
  /** In the order of the offers. */
  const browsers: PeerEvents[] = []
  const videos: StreamSettings[] = []
  const reported: SessionEvent[] = []
  const told: string[] = []
  const signals: Signal[] = []
  const delays: object[] = []
  const parts = {
    findTitle: async (folder: string, { titleId }: { titleId: string }) =>
      (await loadTitles(folder)).find(({ manifest }) => manifest.id === titleId),
    async startTitle() {
      await title
      const game = {
        exited: gameEnded,
        log: () => [],
        async freeze() {},
        async thaw() {},
        usage: async () => null,
      }
      const sink = { releaseAll() {} }
      return {
        ...{ game, sink, manifest: { input: {} }, messages: null },
        ...{ padMapper: () => null, onRumble() {}, async close() {} },
      }
    },
    async startVideo({ settings }: { settings: StreamSettings }) {
      videos.push(settings)
      return { ...closeable, counters: {}, settings, requestKeyframe() {}, update() {}, setDisplayPhase() {} }
    },
    startAudio: async () => ({ ...closeable, counters: {} }),
    async acceptOffer(_sdp: string, _options: unknown, given: PeerEvents) {
      browsers.push(given)
      const peer = {
        ...closeable,
        codecs: ['h264'],
        network: { videoBps: 1e7, setBounds() {} },
        connected: Promise.resolve(),
        closed: never,
        setPlayoutDelay: (delay: object) => delays.push(delay),
        sendControl: (text: string) => told.push(text) > 0,
      }
      return { answerSdp: 'answer', peer }
    },
    async waitForPicture(_display: unknown, { timeoutMs }: { timeoutMs: number }) {
      patience.push(timeoutMs)
      return 'picture'
    },
    async measureTitle() {
      endGame()
      return { measures: { loudestDbfs: -20 }, clip: null }
    },
  } as unknown as SessionParts
  const seat = {
    displayOf: async () => ({ exited: never }),
    sound: Promise.resolve(null),
  } as unknown as SeatParts
  const session = startSession({ ...job, ...change }, setup, seat, parts, {
    event: (event) => reported.push(event),
    signal: (signal) => signals.push(signal),
    checked: (measures) => checked.push(measures),
    log: () => {},
  })
  session.enterHome('/nowhere')
  session.signal({ kind: 'offer', peerId: 'p', sdp: 'offer' })
  return {
    session,
    checked,
    patience,
    videos,
    reported,
    told,
    signals,
    delays,
    startTitle: (failure?: Error) => startTitle(failure),
    say: (message: FromBrowser, browser = 0) => browsers[browser]?.onControl(JSON.stringify(message)),
    hasPeer: () => browsers.length > 0,
  }
}

describe('a session that is starting', () => {
  it('streams what the player asked for meanwhile', async () => {
    const { session, videos, startTitle, say, hasPeer, told } = open()
    await until('the offer is taken', hasPeer)
    say({ kind: 'hello', version: 1 })
    await until('it is welcomed', () => told.length > 0)
    say({ kind: 'quality', stream: { widthPx: 640, heightPx: 360, fps: 30, maxBitrateBps: 1_500_000 } })
    startTitle()
    await until('the video starts', () => videos.length > 0)
    expect(videos[0]).to.include({ widthPx: 640, heightPx: 360, fps: 30, maxBitrateBps: 1_500_000 })
    session.end('player-ended', null)
    await session.closed
  })

  it('holds frames for as long as the browser asks for', async () => {
    const { session, startTitle, say, hasPeer, told, delays } = open()
    await until('the offer is taken', hasPeer)
    say({ kind: 'hello', version: 1 })
    await until('it is welcomed', () => told.length > 0)
    say({ kind: 'playout', minMs: 20, maxMs: 20 })
    expect(delays).to.deep.equal([{ minMs: 20, maxMs: 20 }])
    startTitle()
    session.end('player-ended', null)
    await session.closed
  })

  it('ends with start-failed and the reason where the title cannot be started', async () => {
    const { session, reported, startTitle } = open()
    startTitle(new Error('no such program'))
    await session.closed
    expect(reported.at(-1)).to.include({ kind: 'end', reason: 'start-failed', detail: 'no such program' })
  })
})

describe('a session without a player', () => {
  it('tells what was measured before its end, and is never ready for anybody', async () => {
    const { session, reported, checked, patience, startTitle } = open({ check: 'play' })
    startTitle()
    await session.closed
    // As the report says: half a minute.
    expect(patience).to.deep.equal([30_000])
    expect(checked).to.deep.equal([{ part: 'play', measures: { loudestDbfs: -20 } }])
    expect(reported.map(({ kind }) => kind)).not.to.include.members(['ready'])
    expect(reported.at(-1)).to.include({ kind: 'end', reason: 'game-exited' })
  })
})

describe('a session of two players', () => {
  async function playing() {
    const opened = open()
    const { session, startTitle, reported, videos } = opened
    await until('the offer is taken', opened.hasPeer)
    startTitle()
    await until('the first one plays', () => reported.at(-1)?.kind === 'play')
    session.signal({ kind: 'offer', peerId: 'q', sdp: 'offer', player: 2 })
    await until('both have a stream', () => videos.length === 2)
    return opened
  }

  it('streams to each of them what they ask for, side by side, and says whom an answer is for', async () => {
    const { session, signals, say, told } = await playing()
    expect(signals.map(({ kind, player }) => [kind, player])).to.deep.equal([
      ['answer', undefined],
      ['answer', 2],
    ])
    say({ kind: 'quality', stream: { ...defaultStream, widthPx: 640, heightPx: 360 } }, 1)
    say({ kind: 'hello', version: 1 }, 0)
    const [, welcome] = told.slice(-2).map((text) => JSON.parse(text) as ToBrowser)
    expect(welcome).to.deep.nested.include({ kind: 'welcome', 'stream.widthPx': 1280 })
    session.end('player-ended', null)
    await session.closed
  })

  it('lets another browser of one of them take that one’s place, and nobody else’s', async () => {
    const { session, videos, signals } = await playing()
    session.signal({ kind: 'offer', peerId: 'r', sdp: 'offer', player: 2 })
    await until('it has a stream', () => videos.length === 3)
    expect(signals.filter(({ kind }) => kind === 'rejected')).to.deep.equal([
      { kind: 'rejected', peerId: 'q', code: 'session-taken', player: 2 },
    ])
    session.end('player-ended', null)
    await session.closed
  })

  it('goes on when one of them leaves, and waits only when both have', async () => {
    const { session, reported, say } = await playing()
    say({ kind: 'bye' }, 0)
    expect(reported.at(-1)?.kind).to.equal('play')
    say({ kind: 'bye' }, 1)
    expect(reported.at(-1)?.kind).to.equal('suspend')
    session.end('player-ended', null)
    await session.closed
  })
})
