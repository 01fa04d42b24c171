import type { CheckFound } from '../../config/protocol/check.ts'
import type { InstalledTitle } from '../packages/installedTitle.ts'
import type { FromBrowser } from '../../config/protocol/control.ts'
import type { EndReason, SessionEvent } from '../../config/protocol/session.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { Strategies } from '../../config/settings/strategies.ts'
import type { PeerDistance } from '../peer/peer.ts'
import type { EncoderSpeeds } from '../stream/codecChoice.ts'

/**
 * Agent ⇄ session process, over the child's IPC channel. Both ends are one build of one program, so these are plain types;
 * what came from outside has been decoded at the agent's door.
 */
export interface SeatSetup {
  readonly seatId: number
  /** The session's own folder: sockets, cookies. The agent made it and removes it. */
  readonly sessionDir: string
  readonly titlesDir: string
  /** Where the agent has put the titles that are built. */
  readonly builtDir: string
  readonly advertise: readonly string[]
  /** Whether the interfaces' own addresses are told to browsers beside `advertise`. */
  readonly announceOwn: boolean
  readonly ipv6: boolean
  readonly udpPorts: { readonly from: number; readonly to: number } | null
  readonly strategies: Strategies
  readonly logLevel: string
  readonly widthPx: number
  readonly heightPx: number
}

export interface SessionJob {
  readonly sessionId: string
  readonly titleId: string
  /** Where it is, for a publisher's; absent: it is one of `titlesDir`. */
  readonly installed?: InstalledTitle
  readonly guestId: string
  readonly stream: StreamRequest
  /** What this node's encoders can do; null until measured. */
  readonly encoderSpeeds: EncoderSpeeds | null
  /** Nobody comes: it is measured, and ended; or it is seen whether its saves came back. */
  readonly check?: CheckFound['part']
  readonly graceMs: number
  readonly idleMs: number
  readonly idleWarningMs: number
}

export type ToSession =
  /** First message: bring display and sound up and wait for a job. */
  | { readonly kind: 'prepare'; readonly setup: SeatSetup }
  /** Instead of `prepare`: time the encoders, say so, leave. */
  | { readonly kind: 'measure' }
  | { readonly kind: 'job'; readonly job: SessionJob }
  /** After the job: where the game's home is, with the newest saves in it. The game waits for it. */
  | { readonly kind: 'home'; readonly folder: string }
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'end'; readonly reason: EndReason; readonly detail: string | null }
  /** Close without a word: a warm process that nobody needs. */
  | { readonly kind: 'dismiss' }

export type FromSession =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'measured'; readonly speeds: EncoderSpeeds }
  | { readonly kind: 'event'; readonly event: SessionEvent }
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'report'; readonly report: SessionReport }
  /** `clip`: MP4 in base64. */
  | { readonly kind: 'check'; readonly found: CheckFound; readonly clip: string | null }

export type PlayerFigures = Omit<Extract<FromBrowser, { kind: 'stats' }>, 'kind'>

/** What a session process says of itself every few seconds; counters since its start. */
export interface SessionReport {
  readonly cpuSeconds: number
  readonly memoryBytes: number
  /** Of the game with everything it started; null where the host gives no accounting. */
  readonly gameCpuSeconds: number | null
  readonly gameMemoryBytes: number | null
  /** Event-loop delay since the last report. */
  readonly loopDelayP99Ms: number
  readonly loopDelayMaxMs: number
  readonly fps: number
  readonly encodeMs: number
  readonly bitrateBps: number
  readonly framesDropped: number
  readonly keyframes: number
  /** The player's own figures; null until the first ones come. */
  readonly player: PlayerFigures | null
  /** Of whoever plays now, as this node measures it. */
  readonly distance: PeerDistance | null
  readonly inputs: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
}

/** Exit code of a process whose seat has no display. */
export const cannotPrepare = 3
