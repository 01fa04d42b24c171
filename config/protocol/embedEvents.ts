/** Nothing is imported here: docs/embed/nearcade.d.ts has these types as they stand. */
export type EmbedPhase =
  | 'idle'
  | 'progress'
  | 'waiting'
  | 'playing'
  | 'reconnecting'
  | 'taken'
  | 'failed'
  | 'ended'

export interface EmbedState {
  readonly phase: EmbedPhase
  /** The phase in plain words, for people. */
  readonly words: string
  /** Where the game runs; null before that is known. */
  readonly siteName: string | null
}

export interface EmbedFault {
  /** Stable, for programs; the sentences are for people. */
  readonly code: string
  /** What happened. */
  readonly what: string
  /** What to do next. */
  readonly next: string
  readonly details?: readonly string[] | undefined
}

/** Over the last second of the picture. */
export interface EmbedStats {
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  readonly bitrateBps: number
  /** To the node; null before the first exchange. */
  readonly rttMs: number | null
}

export interface EmbedSound {
  /** 0 to 1. */
  readonly volume: number
  readonly muted: boolean
}

/** What the events of `<nearcade-player>` tell, in their `detail`. */
export interface EmbedDetails {
  statechange: EmbedState
  error: EmbedFault
  /** Every second while playing. */
  stats: EmbedStats
  volumechange: EmbedSound
  /** What the game says: any JSON value. */
  message: unknown
  /** A message that does not reach the game. Nothing else has changed. */
  messageerror: EmbedFault
}
