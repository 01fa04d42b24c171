import type { TitleManifest } from '../../config/protocol/title.ts'
import { measureTitle } from '../check/measure.ts'
import { measureReturn } from '../check/returned.ts'
import { savesIn } from '../check/savesIn.ts'
import type { Display } from '../display/display.ts'
import { createInjector } from '../display/inject.ts'
import { withinSeat } from '../packages/seatShare.ts'
import type { Peer, PeerEvents, PeerOptions } from '../peer/peer.ts'
import { acceptOffer } from '../peer/weriftPeer.ts'
import type { RunningGame } from '../sandbox/sandbox.ts'
import type { SoundServer } from '../sound/sound.ts'
import { startAudio, type AudioOptions, type AudioStream } from '../stream/audio.ts'
import { startVideo, type VideoOptions, type VideoStream } from '../stream/pipeline.ts'
import { loadPackage, loadTitles, type Title } from '../titles/catalogue.ts'
import type { GameDoor } from '../titles/gameDoor.ts'
import type { Rumble } from '../titles/html5/page.ts'
import { startTitle, type RunningTitle, type TitleSession } from '../titles/startTitle.ts'
import { waitForPicture } from './firstPicture.ts'
import type { InputSink, PadMapper } from './inputRouter.ts'
import type { SessionJob } from './ipc.ts'
import { createPadMapper } from './padMapper.ts'

/** What stands ready on the seat; it outlives nothing but its process. */
export interface SeatParts {
  /** The display, made anew where the one that stands ready has another size. */
  displayOf(size: { readonly widthPx: number; readonly heightPx: number }): Promise<Display>
  /** Null where it could not be started: the game is silent then. */
  readonly sound: Promise<SoundServer | null>
}

type TitleAccess = NonNullable<RunningTitle['access']>

/** A running title with the ways into it. */
export interface PlayedTitle {
  readonly manifest: TitleManifest
  readonly game: RunningGame
  readonly sink: InputSink
  /** What it has tried that no sandbox lets it, where it is watched. */
  readonly access?: TitleAccess
  /** A new one for each player. */
  padMapper(): PadMapper | null
  onRumble(listener: (rumble: Rumble) => void): void
  /** Null: the title takes none. */
  readonly messages: GameDoor | null
  close(): Promise<void>
}

/** Everything that a session is composed of, so that its order and its faults can be tested without any of it. */
export interface SessionParts {
  findTitle(titlesDir: string, job: Pick<SessionJob, 'titleId' | 'installed'>): Promise<Title>
  startTitle(session: TitleSession): Promise<PlayedTitle>
  startVideo(options: VideoOptions): Promise<VideoStream>
  startAudio(options: AudioOptions): Promise<AudioStream>
  acceptOffer(
    offerSdp: string,
    options: PeerOptions,
    events: PeerEvents,
  ): Promise<{ answerSdp: string; peer: Peer }>
  waitForPicture: typeof waitForPicture
  measureTitle: typeof measureTitle
  measureReturn: typeof measureReturn
  savesIn: typeof savesIn
}

export const realParts: SessionParts = {
  async findTitle(titlesDir, { titleId, installed }) {
    if (installed !== undefined) return withinSeat(await loadPackage(installed.folder), installed.seat)
    const title = (await loadTitles(titlesDir)).find(({ manifest }) => manifest.id === titleId)
    if (title === undefined) throw new Error(`there is no title ${titleId}`)
    return title
  },
  startTitle: playTitle,
  startVideo,
  startAudio,
  acceptOffer,
  waitForPicture,
  measureTitle,
  measureReturn,
  savesIn,
}

async function playTitle(session: TitleSession): Promise<PlayedTitle> {
  const { manifest } = session.title
  const injector = await createInjector(session.display, {
    announceInputs: manifest.input.announceInputs === true,
  })
  let game: RunningTitle
  try {
    game = await startTitle(session)
  } catch (error) {
    await injector[Symbol.asyncDispose]()
    throw error
  }
  const { page } = game
  return {
    manifest,
    game,
    ...(game.access === undefined ? {} : { access: game.access }),
    sink: {
      key: (evdev, down, inputId) => injector.key(evdev, down, inputId),
      button: (button, down, inputId) => injector.button(button, down, inputId),
      pointer: (x, y, inputId) => injector.pointer(x, y, inputId),
      move: (dxPx, dyPx, inputId) => injector.move(dxPx, dyPx, inputId),
      wheel: (dx, dy, inputId) => injector.wheel(dx, dy, inputId),
      text: (text, inputId) => void injector.text(text, inputId),
      releaseAll: () => injector.releaseAll(),
      touch: page === null ? null : (touch) => page.touch(touch),
      pad: page === null ? null : (pad) => page.pad(pad),
    },
    padMapper: () => (manifest.input.padMap === undefined ? null : createPadMapper(manifest.input.padMap)),
    onRumble: (listener) => page?.onRumble(listener),
    messages: game.messages,
    async close() {
      await injector[Symbol.asyncDispose]()
      await game[Symbol.asyncDispose]()
    },
  }
}
