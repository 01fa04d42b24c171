/** What is known of a path that may be broken. Times on one clock, ms. */
export interface PathFacts {
  readonly nowMs: number
  /** The last packet from the node. */
  readonly heardAtMs: number
  /** The browser has just said that its networks changed. */
  readonly suspected: boolean
  /** Whether an offer would reach the router now. */
  readonly signalling: boolean
  /** The ICE restart under way, if any. */
  readonly restart: {
    readonly offeredAtMs: number
    /** Null until its answer came. */
    readonly answeredAtMs: number | null
    /** How many came before it without a packet in between. */
    readonly tries: number
  } | null
}

/** `ask`: make the node say something, and look closely. `offer`: look for a new path. `repeat`: send the same offer again. */
export type Recovery = 'nothing' | 'ask' | 'offer' | 'repeat' | 'give-up'

/** While a game plays, a packet comes every few ms, and one a second when everything stands still: hence the question. */
const askAfterMs = 400
const quietMs = 800
const suspectedQuietMs = 300
/** An answer comes within one round trip to the router and the node; later than this it was lost. */
const repeatMs = 700
/** The networks of an offer that went unanswered for longer may be gone. */
const staleMs = 2_500
/** Connectivity checks need a round trip or two: each try gets a little longer than the one before. */
const patienceMs = 500
const patienceStepMs = 100
const maxPatienceMs = 2_000
const maxTries = 10

/**
 * RFC 8445 leaves open when to restart. A laptop that changes its network hears nothing until somebody does, so this happens
 * early: a restart costs one offer and a few checks, and a path that still works stays in use meanwhile.
 */
export function recover({ nowMs, heardAtMs, suspected, signalling, restart }: PathFacts): Recovery {
  const quietForMs = nowMs - heardAtMs
  if (quietForMs < (suspected ? suspectedQuietMs : quietMs))
    return quietForMs >= (suspected ? suspectedQuietMs / 2 : askAfterMs) ? 'ask' : 'nothing'
  if (!signalling) return 'nothing'
  if (restart === null) return 'offer'
  if (restart.answeredAtMs === null) {
    const waitedMs = nowMs - restart.offeredAtMs
    if (waitedMs >= staleMs) return 'offer'
    return waitedMs >= repeatMs ? 'repeat' : 'nothing'
  }
  const waitMs = Math.min(maxPatienceMs, patienceMs + restart.tries * patienceStepMs)
  if (nowMs - restart.answeredAtMs < waitMs) return 'nothing'
  return restart.tries >= maxTries ? 'give-up' : 'offer'
}
