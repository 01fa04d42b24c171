import type { WireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import type { StartStep } from '../../config/protocol/session.ts'

/** All that is known of one player's session; the phase follows from it and from nothing else. */
export interface Facts {
  readonly request: 'none' | 'sending' | 'sent'
  readonly session: SessionView | null
  readonly peer: 'none' | 'connecting' | 'connected' | 'lost'
  /** The current peer has shown a picture. */
  readonly shown: boolean
  /** Some peer of this page has shown a picture. */
  readonly played: boolean
  readonly taken: boolean
  /** What stopped this page short of an end of the session. */
  readonly error: WireError | null
}

export const noFacts: Facts = {
  request: 'none',
  session: null,
  peer: 'none',
  shown: false,
  played: false,
  taken: false,
  error: null,
}

export type ProgressStep = 'placing' | StartStep | 'connecting' | 'first-frame'

export type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'progress'; readonly step: ProgressStep }
  /** In line for a seat, or with one held for the player's word; the session's `wait` tells all of it. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'playing' }
  /** The stream is lost and being sought again; the game waits until `graceEndsAtMs` (wall clock), null while unknown. */
  | { readonly kind: 'reconnecting'; readonly graceEndsAtMs: number | null }
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'ended'; readonly end: NonNullable<SessionView['end']> }

const unknownEnd = {
  reason: 'internal',
  what: 'The session has ended.',
  next: 'Start the game again.',
  detail: null,
} as const

export function phaseOf(facts: Facts): Phase {
  const { session } = facts
  if (session?.state.kind === 'ended') return { kind: 'ended', end: session.end ?? unknownEnd }
  if (facts.error !== null) return { kind: 'failed', error: facts.error }
  if (session !== null && isInLine(session.state)) return { kind: 'waiting' }
  if (facts.taken) return { kind: 'taken' }
  if (facts.peer === 'connected' && facts.shown) return { kind: 'playing' }
  if (facts.played && session !== null && hasGame(session.state)) {
    const graceEndsAtMs = session.state.kind === 'suspended' ? session.state.graceEndsAtMs : null
    return { kind: 'reconnecting', graceEndsAtMs }
  }
  if (session === null)
    return facts.request === 'none' ? { kind: 'idle' } : { kind: 'progress', step: 'placing' }
  return { kind: 'progress', step: stepOf(session.state, facts.peer) }
}

export const isInLine = ({ kind }: SessionView['state']): boolean => kind === 'waiting' || kind === 'held'

/** A game that has started stands at its node; one whose node was lost has to start anew. */
const hasGame = ({ kind }: SessionView['state']): boolean =>
  kind === 'ready' || kind === 'playing' || kind === 'suspended'

function stepOf(state: SessionView['state'], peer: Facts['peer']): ProgressStep {
  switch (state.kind) {
    case 'requested':
    case 'waiting':
    case 'held':
    case 'placed':
    case 'reserved':
      return 'placing'
    case 'starting':
      return state.step
    case 'ready':
    case 'playing':
    case 'suspended':
    case 'ended':
      return peer === 'connected' ? 'first-frame' : 'connecting'
    default:
      return state satisfies never
  }
}

export const progressSteps = [
  'placing',
  'display',
  'sound',
  'game',
  'picture',
  'connecting',
  'first-frame',
] as const satisfies readonly ProgressStep[]

/** What goes on, for people. */
export const stepNames: Readonly<Record<ProgressStep, string>> = {
  placing: 'Finding the best node',
  display: 'Preparing a screen',
  sound: 'Preparing the sound',
  game: 'Starting the game',
  picture: 'Waiting for its picture',
  connecting: 'Connecting to the node',
  'first-frame': 'Receiving the first frame',
}

/** How long a step may take before the page says that something is unusual. */
export const stepBoundMs: Readonly<Record<ProgressStep, number>> = {
  placing: 8_000,
  display: 8_000,
  sound: 8_000,
  game: 20_000,
  picture: 12_000,
  connecting: 12_000,
  'first-frame': 8_000,
}

/** What a step that is over its bound may mean, and what to do about it. */
export const overdueText: Readonly<Record<ProgressStep, { readonly what: string; readonly next: string }>> = {
  placing: {
    what: 'Finding a node takes longer than it should. The nodes may be busy or out of reach.',
    next: 'You can go on waiting, or ask again.',
  },
  display: {
    what: 'The node is slow to prepare a screen for the game.',
    next: 'You can go on waiting; trying again may pick another node.',
  },
  sound: {
    what: 'The node is slow to prepare the sound.',
    next: 'You can go on waiting; trying again may pick another node.',
  },
  game: {
    what: 'The game itself is slow to start.',
    next: 'Some games load for a while. You can go on waiting, or start it afresh.',
  },
  picture: {
    what: 'The game runs but has drawn nothing yet.',
    next: 'You can go on waiting, or start it afresh.',
  },
  connecting: {
    what: 'Your browser and the node have not found a path to each other.',
    next: 'A firewall or VPN may block UDP. Try again, or try another network.',
  },
  'first-frame': {
    what: 'The connection stands, but no picture has come through.',
    next: 'Try again: this asks the node for a fresh stream.',
  },
}

/** A retry of a step before the connection needs a new session; from the connection on, a new connection is enough. */
export const retryNeedsNewSession = (step: ProgressStep): boolean =>
  step !== 'connecting' && step !== 'first-frame'
