import { expect } from 'chai'
import type { FromBrowser } from '../../../config/protocol/control.ts'
import type { SessionEvent } from '../../../config/protocol/session.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { defaultStrategies } from '../../../config/settings/strategies.ts'
import type { PeerEvents } from '../../../edge/peer/peer.ts'
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
function open() {
  let startTitle = (_failure?: Error): void => {}
  const title = new Promise<void>((resolve, reject) => {
    startTitle = (failure) => (failure === undefined ? resolve() : reject(failure))
  })
  title.catch(() => undefined)
  let events: PeerEvents | null = null
  const videos: StreamSettings[] = []
  const reported: SessionEvent[] = []
  const told: string[] = []
  const delays: object[] = []
  const parts = {
    findTitle: async (folder: string, id: string) =>
      (await loadTitles(folder)).find(({ manifest }) => manifest.id === id),
    async startTitle() {
      await title
      const game = {
        exited: never,
        log: () => [],
        async freeze() {},
        async thaw() {},
        usage: async () => null,
      }
      const sink = { releaseAll() {} }
      return { game, sink, mapPad: null, onRumble() {}, async close() {} }
    },
    async startVideo({ settings }: { settings: StreamSettings }) {
      videos.push(settings)
      return { ...closeable, counters: {}, settings, requestKeyframe() {}, update() {}, setDisplayPhase() {} }
    },
    startAudio: async () => ({ ...closeable, counters: {} }),
    async acceptOffer(_sdp: string, _options: unknown, given: PeerEvents) {
      events = given
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
    waitForPicture: async () => 'picture',
  } as unknown as SessionParts
  const seat = {
    displayOf: async () => ({ exited: never }),
    sound: Promise.resolve(null),
  } as unknown as SeatParts
  const session = startSession(job, setup, seat, parts, {
    event: (event) => reported.push(event),
    signal: () => {},
    log: () => {},
  })
  session.enterHome('/nowhere')
  session.signal({ kind: 'offer', peerId: 'p', sdp: 'offer' })
  return {
    session,
    videos,
    reported,
    told,
    delays,
    startTitle: (failure?: Error) => startTitle(failure),
    say: (message: FromBrowser) => events?.onControl(JSON.stringify(message)),
    hasPeer: () => events !== null,
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
