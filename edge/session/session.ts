import type { ToBrowser } from '../../config/protocol/control.ts'
import type { EndReason, SessionEvent } from '../../config/protocol/session.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import { listenAddresses } from '../ice/hostCandidates.ts'
import { createSharedPort } from '../ice/sharedPort.ts'
import type { Peer, PeerDistance } from '../peer/peer.ts'
import { wallClockMs } from '../stream/clock.ts'
import { chooseCodecs } from '../stream/codecChoice.ts'
import type { InputClock, VideoCodec } from '../stream/stages.ts'
import { createControl } from './control.ts'
import { gameEnd } from './gameEnd.ts'
import { createInputRouter, type InputRouter } from './inputRouter.ts'
import type { PlayerFigures, SeatSetup, SessionJob } from './ipc.ts'
import { advance, firstLife, nextDeadlineMs, type Effect, type Life, type LifeEvent } from './lifecycle.ts'
import { createMedia, type Media, type MediaTotals } from './media.ts'
import type { PlayedTitle, SeatParts, SessionParts } from './parts.ts'
import { createPeers } from './peers.ts'
import { chooseStream } from './streamChoice.ts'

/** One game, streamed to one player: what the session process is there for. */
export interface Session {
  /** The game may start: this is its home. */
  enterHome(folder: string): void
  signal(signal: Signal): void
  end(reason: EndReason, detail: string | null): void
  usage(): Promise<{ readonly cpuSeconds: number; readonly memoryBytes: number } | null>
  totals(): MediaTotals
  /** What the player's browser said of its stream last. */
  player(): PlayerFigures | null
  /** Of whoever plays now. */
  distance(): PeerDistance | null
  readonly inputs: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
  /** Settles when the session is over and everything of it but the seat's display and sound is closed. */
  readonly closed: Promise<void>
}

export interface SessionPort {
  event(event: SessionEvent): void
  signal(signal: Signal): void
  log(fields: object, text: string): void
}

/** How long a title may stay dark before it counts as ready all the same. */
const darkMs = 8_000
/** A game whose display died says so in its own way: wait for the display to say it first. */
const displayFirstMs = 150
const heldCheckMs = 50
const encoders: Readonly<Record<VideoCodec, string>> = {
  h264: 'libx264',
  vp8: 'libvpx',
  vp9: 'libvpx-vp9',
  av1: 'libsvtav1',
}

export function startSession(
  job: SessionJob,
  setup: SeatSetup,
  seat: SeatParts,
  parts: SessionParts,
  port: SessionPort,
): Session {
  const { log } = port
  const inputClock: InputClock = { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 }
  const dropped: Record<string, number> = {}
  const over = new AbortController()
  let life: Life = firstLife
  let timer: NodeJS.Timeout | null = null
  let heldTimer: NodeJS.Timeout | null = null
  /** What the player wants, and what the title can give of it. */
  let asked: StreamRequest = job.stream
  let stream: StreamRequest = job.stream
  let player: PlayerFigures | null = null
  let titleDisplay: TitleManifest['display'] | null = null
  let played: PlayedTitle | null = null
  let attended: Peer | null = null
  let input: InputRouter | null = null
  let media: Media | null = null
  let settleHome = (_folder: string | null): void => {}
  /** Null: the session was over before it came. */
  const home = new Promise<string | null>((resolve) => {
    settleHome = resolve
  })
  /** Effects on the game and the stream happen one after the other. */
  let queue: Promise<void> = Promise.resolve()
  let settleClosed = (): void => {}
  const closed = new Promise<void>((resolve) => {
    settleClosed = resolve
  })

  const dispatch = (event: LifeEvent): void => {
    const before = life
    const next = advance(life, event, job, wallClockMs())
    life = next.life
    for (const effect of next.effects) carryOut(effect)
    if (event.kind !== 'touched' || before.kind !== life.kind) arm()
  }
  const arm = (): void => {
    if (timer !== null) clearTimeout(timer)
    const atMs = nextDeadlineMs(life, job)
    timer =
      atMs === null ? null : setTimeout(() => dispatch({ kind: 'time' }), Math.max(1, atMs - wallClockMs()))
  }
  const fail = (reason: EndReason, detail: string): void => dispatch({ kind: 'over', reason, detail })

  const later = (what: string, work: () => Promise<void> | void): void => {
    queue = queue.then(work).catch((error: unknown) => {
      log({ err: error }, `${what} failed`)
      if (life.kind !== 'ended')
        fail('session-crashed', `${what}: ${error instanceof Error ? error.message : error}`)
    })
  }
  /** A clock ticks only while something is held. */
  const watchHeld = (): void => {
    const holding = input?.holding === true
    if (holding) heldTimer ??= setInterval(checkHeld, heldCheckMs)
    else if (heldTimer !== null) {
      clearInterval(heldTimer)
      heldTimer = null
    }
  }
  const checkHeld = (): void => {
    input?.expire(wallClockMs())
    watchHeld()
  }
  const tell = (message: ToBrowser): void => void peers.current?.sendControl(JSON.stringify(message))

  const carryOut = (effect: Effect): void => {
    switch (effect.kind) {
      case 'report':
        return port.event(effect.event)
      case 'stream': {
        const peer = peers.current
        if (peer === attended) input?.attendAgain()
        else input?.attend()
        attended = peer
        if (peer !== null) later('the stream', () => media?.play(peer, peers.decoders))
        return
      }
      case 'hush':
        input?.unattend()
        watchHeld()
        return later('stopping the stream', () => media?.stop())
      case 'freeze':
        return later('freezing the game', () => played?.game.freeze())
      case 'thaw':
        return later('thawing the game', () => played?.game.thaw())
      case 'warnIdle':
        return tell({ kind: 'idle-warning', endsInMs: effect.endsInMs })
      case 'clearIdle':
        return tell({ kind: 'idle-cleared' })
      case 'close':
        over.abort()
        settleHome(null)
        if (timer !== null) clearTimeout(timer)
        return void shutDown()
      default:
        return effect satisfies never
    }
  }

  const control = createControl({
    nowMs: wallClockMs,
    count: (kind) => {
      dropped[kind] = (dropped[kind] ?? 0) + 1
    },
    handlers: {
      welcome: () => ({
        kind: 'welcome',
        version: protocolVersion,
        sessionId: job.sessionId,
        titleId: job.titleId,
        codec: peers.current?.codecs[0] ?? 'h264',
        encoder: encoders[peers.current?.codecs[0] ?? 'h264'],
        stream,
      }),
      quality(message) {
        asked = message.stream
        if (titleDisplay !== null) stream = chooseStream(asked, titleDisplay)
        media?.update(stream)
        return { kind: 'quality', stream }
      },
      paste(text) {
        if (life.kind !== 'playing') return
        played?.sink.text(text, 0)
        dispatch({ kind: 'touched' })
      },
      stats: ({ kind: _kind, ...figures }) => {
        player = figures
        media?.heardOf(figures)
      },
      display: ({ kind: _kind, ...phase }) => media?.setDisplayPhase(phase),
      playout: ({ minMs, maxMs }) => peers.current?.setPlayoutDelay({ minMs, maxMs }),
      stillHere: () => dispatch({ kind: 'touched' }),
      bye: () => dispatch({ kind: 'lost' }),
    },
  })

  const udp = createSharedPort({
    range: setup.udpPorts,
    addresses: () => listenAddresses({ ...setup, own: setup.announceOwn }),
  })
  const peers = createPeers({
    accept: (offerSdp, events, decoders) =>
      parts.acceptOffer(
        offerSdp,
        {
          codecs: chooseCodecs({
            decoders,
            speeds: job.encoderSpeeds,
            widthPx: stream.widthPx,
            heightPx: stream.heightPx,
            fps: stream.fps,
            bitrateBps: stream.maxBitrateBps,
          }),
          advertise: setup.advertise,
          strategies: setup.strategies,
          announceOwn: setup.announceOwn,
          ipv6: setup.ipv6,
          udpPort: () => udp.get(),
        },
        events,
      ),
    signal: port.signal,
    onConnected: () => dispatch({ kind: 'connected' }),
    onLost: () => dispatch({ kind: 'lost' }),
    onInput(channel, data, receivedAtMs) {
      input?.receive(channel, data, receivedAtMs)
      watchHeld()
    },
    onControl: (peer: Peer, text) =>
      control.receive(text, (message) => void peer.sendControl(JSON.stringify(message))),
    onKeyframeRequest: () => media?.requestKeyframe(),
    onEstimate: () => media?.networkChanged(),
    onAlive: (alive) => dispatch({ kind: alive ? 'connected' : 'lost' }),
    log,
  })

  const start = async (): Promise<void> => {
    dispatch({ kind: 'step', step: 'display' })
    const title = await parts.findTitle(setup.titlesDir, job.titleId)
    const { display: wanted } = title.manifest
    const display = await seat.displayOf(wanted)
    dispatch({ kind: 'step', step: 'sound' })
    const sound = await seat.sound
    if (over.signal.aborted) return
    dispatch({ kind: 'step', step: 'game' })
    titleDisplay = wanted
    stream = chooseStream(asked, wanted)
    tell({ kind: 'quality', stream })
    media = createMedia({
      display,
      sound,
      inputClock,
      stream,
      startVideo: parts.startVideo,
      startAudio: parts.startAudio,
      nowMs: wallClockMs,
      onNetwork: tell,
      onFailed: (error) =>
        void displayOr(display.exited, () => fail('session-crashed', `the picture broke: ${error.message}`)),
      log,
    })
    const homeDir = await home
    if (homeDir === null) return
    const game = await parts.startTitle({
      title,
      builtDir: setup.builtDir,
      sessionId: job.sessionId,
      seat: setup.seatId,
      homeDir,
      display,
      sound,
    })
    played = game
    if (over.signal.aborted) return
    input = createInputRouter({
      input: title.manifest.input,
      sink: game.sink,
      clock: inputClock,
      mapPad: game.mapPad,
      nowMs: wallClockMs,
      onTouched: () => dispatch({ kind: 'touched' }),
    })
    game.onRumble((rumble) => tell({ kind: 'rumble', ...rumble }))
    void display.exited.then(({ reason }) => fail('session-crashed', `the display ended: ${reason}`))
    void sound?.exited.then(({ reason }) => {
      if (life.kind !== 'ended') log({ reason }, 'the sound server ended: the session goes on in silence')
    })
    void game.game.exited.then((exit) =>
      displayOr(display.exited, () => {
        const { reason, detail } = gameEnd(exit, game.game.log())
        if (life.kind !== 'ended') log({ exit, log: game.game.log() }, 'the game ended')
        dispatch({ kind: 'over', reason, detail })
      }),
    )
    dispatch({ kind: 'step', step: 'picture' })
    const picture = await parts.waitForPicture(display, { timeoutMs: darkMs, signal: over.signal })
    if (picture === 'dark') log({}, 'the title is still dark: taken as ready')
    if (picture !== 'aborted') dispatch({ kind: 'picture' })
  }

  /** Where the display has just ended too, that is the reason, and it is told by whoever watches it. */
  const displayOr = async (displayEnded: Promise<unknown>, otherwise: () => void): Promise<void> => {
    let wait: NodeJS.Timeout | undefined
    const first = await Promise.race([
      displayEnded.then(() => 'display' as const),
      new Promise<'time'>((resolve) => {
        wait = setTimeout(() => resolve('time'), displayFirstMs)
      }),
    ])
    clearTimeout(wait)
    if (first === 'time') otherwise()
  }

  const shutDown = async (): Promise<void> => {
    await peers.close()
    await udp[Symbol.asyncDispose]()
    await started
    await queue
    await played?.close().catch((error: unknown) => log({ err: error }, 'closing the title failed'))
    settleClosed()
  }

  const started = start().catch((error: unknown) => {
    log({ err: error }, 'the session could not be started')
    fail('start-failed', error instanceof Error ? error.message : String(error))
  })

  return {
    enterHome: (folder) => settleHome(folder),
    signal: (signal) => peers.signal(signal),
    end: (reason, detail) => dispatch({ kind: 'over', reason, detail }),
    usage: async () => (await played?.game.usage().catch(() => null)) ?? null,
    totals: () => media?.totals() ?? { frames: 0, bytes: 0, framesDropped: 0, keyframes: 0, encodeMs: 0 },
    player: () => player,
    distance: () => peers.current?.distance ?? null,
    get inputs() {
      return input?.inputs ?? {}
    },
    get dropped() {
      return { ...dropped, ...input?.dropped }
    },
    closed,
  }
}
