import type { WireError } from '../../config/errors.ts'
import type { ToBrowser } from '../../config/protocol/control.ts'
import { mostMessagesWaiting } from '../../config/protocol/gameMessages.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import type { Display } from '../display/display.ts'
import type { SharedPort } from '../ice/sharedPort.ts'
import type { Peer, PeerDistance } from '../peer/peer.ts'
import type { SoundServer } from '../sound/sound.ts'
import { wallClockMs } from '../stream/clock.ts'
import { chooseCodecs } from '../stream/codecChoice.ts'
import type { InputClock, VideoCodec } from '../stream/stages.ts'
import { createControl } from './control.ts'
import { createInputRouter, type InputRouter, type InputSink } from './inputRouter.ts'
import type { PlayerFigures, SeatSetup, SessionJob } from './ipc.ts'
import type { LifeEvent } from './lifecycle.ts'
import { createMedia, type Media, type MediaTotals, noTotals } from './media.ts'
import type { PlayedTitle, SessionParts } from './parts.ts'
import { createPeers } from './peers.ts'
import { chooseStream } from './streamChoice.ts'

/** What the game is seen and heard through. */
export interface Stage {
  readonly display: Display
  readonly sound: SoundServer | null
  readonly wanted: TitleManifest['display']
}

/** One player of a session: their browser, their own stream of the picture, their hands on the game. */
export interface PlayerSlot {
  readonly number: number
  signal(signal: Signal): void
  /** The stream can be opened from now on, once the game has a picture. */
  show(stage: Stage): void
  /** The game can be touched from now on. */
  give(title: PlayedTitle, sink: InputSink): void
  /** Takes what the browser that plays sends. */
  attend(): void
  /** Streams to that browser. */
  stream(): Promise<void>
  /** Lets go of everything and takes nothing any more. */
  unattend(): void
  stop(): Promise<void>
  tell(message: ToBrowser): void
  /** Of the game, as JSON; the latest wait for a browser that is away. */
  message(text: string): void
  totals(): MediaTotals
  /** What the browser said of its stream last. */
  figures(): PlayerFigures | null
  distance(): PeerDistance | null
  readonly inputs: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
  close(): Promise<void>
}

export interface SlotOptions {
  readonly number: number
  readonly job: SessionJob
  readonly setup: SeatSetup
  readonly udp: Pick<SharedPort, 'get'>
  readonly parts: SessionParts
  signal(signal: Signal): void
  happened(event: LifeEvent): void
  isPlaying(): boolean
  /** Of this player's page, as JSON. @returns why it does not reach the game; null where it does */
  toGame(player: number, text: string): WireError | null
  /** The picture broke for good. */
  onFailed(error: Error): void
  log(fields: object, text: string): void
}

const heldCheckMs = 50
const encoders: Readonly<Record<VideoCodec, string>> = {
  h264: 'libx264',
  vp8: 'libvpx',
  vp9: 'libvpx-vp9',
  av1: 'libsvtav1',
}

export function createPlayerSlot(options: SlotOptions): PlayerSlot {
  const { number: player, job, setup, parts, happened, log } = options
  const inputClock: InputClock = { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 }
  const dropped: Record<string, number> = {}
  let heldTimer: NodeJS.Timeout | null = null
  /** What the player wants, and what the title can give of it. */
  let asked: StreamRequest = job.stream
  let stream: StreamRequest = job.stream
  let figures: PlayerFigures | null = null
  let wanted: TitleManifest['display'] | null = null
  let sink: InputSink | null = null
  let attended: Peer | null = null
  let input: InputRouter | null = null
  let media: Media | null = null
  let waiting: string[] = []

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
  const send = (message: ToBrowser): boolean => peers.current?.sendControl(JSON.stringify(message)) === true
  const tell = (message: ToBrowser): void => void send(message)
  const message = (text: string): void => {
    if (send({ kind: 'message', text })) return
    waiting = [...waiting, text].slice(-mostMessagesWaiting)
  }
  const catchUp = (): void => {
    const late = waiting
    waiting = []
    for (const text of late) message(text)
  }

  const control = createControl({
    nowMs: wallClockMs,
    count: (kind) => {
      dropped[kind] = (dropped[kind] ?? 0) + 1
    },
    handlers: {
      welcome() {
        queueMicrotask(catchUp)
        return {
          kind: 'welcome',
          version: protocolVersion,
          sessionId: job.sessionId,
          titleId: job.titleId,
          codec: peers.current?.codecs[0] ?? 'h264',
          encoder: encoders[peers.current?.codecs[0] ?? 'h264'],
          stream,
        }
      },
      quality(message) {
        asked = message.stream
        if (wanted !== null) stream = chooseStream(asked, wanted)
        media?.update(stream)
        return { kind: 'quality', stream }
      },
      paste(text) {
        if (!options.isPlaying()) return
        sink?.text(text, 0)
        happened({ kind: 'touched' })
      },
      stats: ({ kind: _kind, ...said }) => {
        figures = said
        media?.heardOf(said)
      },
      display: ({ kind: _kind, ...phase }) => media?.setDisplayPhase(phase),
      playout: ({ minMs, maxMs }) => peers.current?.setPlayoutDelay({ minMs, maxMs }),
      stillHere: () => happened({ kind: 'touched' }),
      message: (text) => options.toGame(player, text),
      bye: () => happened({ kind: 'lost', player }),
    },
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
          udpPort: () => options.udp.get(),
        },
        events,
      ),
    signal: (signal) => options.signal(player === 1 ? signal : { ...signal, player }),
    onConnected: () => happened({ kind: 'connected', player }),
    onLost: () => happened({ kind: 'lost', player }),
    onInput(channel, data, receivedAtMs) {
      input?.receive(channel, data, receivedAtMs)
      watchHeld()
    },
    onControl: (peer: Peer, text) =>
      control.receive(text, (message) => void peer.sendControl(JSON.stringify(message))),
    onKeyframeRequest: () => media?.requestKeyframe(),
    onEstimate: () => media?.networkChanged(),
    onAlive: (alive) => happened({ kind: alive ? 'connected' : 'lost', player }),
    log,
  })

  return {
    number: player,
    signal: (signal) => peers.signal(signal),
    show({ display, sound, wanted: given }) {
      wanted = given
      stream = chooseStream(asked, given)
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
        onFailed: options.onFailed,
        log,
      })
    },
    give(title, given) {
      sink = given
      input = createInputRouter({
        input: title.manifest.input,
        sink: given,
        clock: inputClock,
        mapPad: title.padMapper(),
        nowMs: wallClockMs,
        onTouched: () => happened({ kind: 'touched' }),
      })
    },
    attend() {
      const peer = peers.current
      if (peer === attended) input?.attendAgain()
      else input?.attend()
      attended = peer
    },
    async stream() {
      const peer = peers.current
      if (peer !== null) await media?.play(peer, peers.decoders)
    },
    unattend() {
      input?.unattend()
      watchHeld()
    },
    async stop() {
      await media?.stop()
    },
    tell,
    message,
    totals: () => media?.totals() ?? noTotals,
    figures: () => figures,
    distance: () => peers.current?.distance ?? null,
    get inputs() {
      return input?.inputs ?? {}
    },
    get dropped() {
      return { ...dropped, ...input?.dropped }
    },
    close: () => peers.close(),
  }
}
