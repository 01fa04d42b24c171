import * as z from 'zod/mini'
import { wireError, type ErrorCode, type WireError } from '../errors.ts'

/** Why a session ended. Every end has one. */
export const endReason = z.enum([
  'player-ended',
  'grace-expired',
  'idle-timeout',
  'game-exited',
  'game-crashed',
  'session-crashed',
  'start-failed',
  'start-timeout',
  'node-failed',
  'edge-gone',
  'node-stopped',
  'no-node-online',
  'no-seat-free',
  'nothing-in-reach',
  'title-withdrawn',
  'queue-left',
  'hold-expired',
  'saves-unavailable',
  'internal',
])
export type EndReason = z.infer<typeof endReason>

/** What the player reads at the end: what happened, and what to do. Reasons without fault carry no error. */
export const endTexts: Readonly<Record<EndReason, { what: string; next: string }>> = {
  'player-ended': { what: 'You ended the session.', next: 'Play again whenever you like.' },
  'grace-expired': {
    what: 'You were away for longer than the game could wait.',
    next: 'Start the game again.',
  },
  'idle-timeout': {
    what: 'Nobody touched the game for a long time, so its seat was freed.',
    next: 'Start it again when you are back.',
  },
  'game-exited': {
    what: 'The game was closed from its own menu.',
    next: 'Play again, or pick another title.',
  },
  'game-crashed': {
    what: 'The game crashed.',
    next: 'Start it again. If it crashes each time, try another title.',
  },
  'session-crashed': {
    what: 'The process that streamed the game stopped unexpectedly.',
    next: 'Start the game again.',
  },
  'start-failed': {
    what: 'The game could not be started on this node.',
    next: 'Try again; if it fails each time, the node lacks something that the title needs.',
  },
  'start-timeout': { what: 'The game took too long to start.', next: 'Try again in a moment.' },
  'node-failed': {
    what: 'The node could not get ready for the game.',
    next: 'Start the game again: another node may do better.',
  },
  'edge-gone': {
    what: 'The node that ran the game went away.',
    next: 'Start the game again: another node takes over.',
  },
  'node-stopped': {
    what: 'The node was shut down by its operator.',
    next: 'Start the game again: another node takes over.',
  },
  'no-node-online': {
    what: 'No node is online.',
    next: 'Wait a moment for a node to come back, then try again.',
  },
  'no-seat-free': {
    what: 'Every seat that could run this title is taken.',
    next: 'Try again in a few minutes.',
  },
  'nothing-in-reach': {
    what: 'No node that is online can run this title for you.',
    next: 'Try again later, or pick another title.',
  },
  'title-withdrawn': {
    what: 'The title was withdrawn by its publisher before your game began.',
    next: 'Pick another title from the library.',
  },
  'queue-left': { what: 'You left the line.', next: 'Ask again whenever you like; you start at its end.' },
  'hold-expired': {
    what: 'A seat was kept for you, but nobody took it, so it went to the next in line.',
    next: 'Ask again, and stay on the page while you wait.',
  },
  'saves-unavailable': {
    what: 'Your saves could not be fetched, so the game was not started without them.',
    next: 'Try again in a moment: they are kept.',
  },
  internal: { what: 'Something broke on our side.', next: 'Try again; the log holds the details.' },
}

/** Steps of a start that a progress bar can tell apart. */
export const startStep = z.enum(['display', 'sound', 'game', 'picture'])
export type StartStep = z.infer<typeof startStep>

const seated = { nodeId: z.string(), leaseId: z.string(), fence: z.int() }

/** A place in a line, one line per region and class of seats. It is kept while a seat is held, in case that comes to nothing. */
const line = {
  region: z.string().check(z.maxLength(80)),
  /** Which seats would do: `720p60`. */
  seatClass: z.string().check(z.maxLength(40)),
  /** Since when the place counts. */
  sinceMs: z.number(),
  /** What the player has agreed to, ms: the title's own latency budget where that is null. */
  budgetMs: z.nullable(z.number()),
}

export const sessionState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('requested') }),
  /** Nothing within reach is free: in line, with offers in the view. */
  z.object({ kind: z.literal('waiting'), ...line }),
  /** A seat is held until the player takes it or `confirmByMs` (the router's clock) has passed. */
  z.object({ kind: z.literal('held'), ...seated, ...line, confirmByMs: z.number() }),
  z.object({ kind: z.literal('placed'), nodeId: z.string() }),
  z.object({ kind: z.literal('reserved'), ...seated }),
  z.object({ kind: z.literal('starting'), ...seated, step: startStep }),
  z.object({ kind: z.literal('ready'), ...seated }),
  z.object({ kind: z.literal('playing'), ...seated, sinceMs: z.number() }),
  z.object({ kind: z.literal('suspended'), ...seated, graceEndsAtMs: z.number() }),
  z.object({
    kind: z.literal('ended'),
    reason: endReason,
    detail: z.nullable(z.string()),
    endedAtMs: z.number(),
  }),
])
export type SessionState = z.infer<typeof sessionState>

export const sessionEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('place'), nodeId: z.string() }),
  z.object({ kind: z.literal('reserve'), leaseId: z.string(), fence: z.int() }),
  /** The node said no: back to choosing, or to the same place in line. */
  z.object({ kind: z.literal('refuse') }),
  /** Into the line, or to another place in it. */
  z.object({ kind: z.literal('wait'), ...line }),
  z.object({ kind: z.literal('hold'), ...seated, confirmByMs: z.number() }),
  /** The player takes the held seat. */
  z.object({ kind: z.literal('confirm') }),
  /** The node is lost with the seat: the session begins anew. `begun`: its player had the game already. */
  z.object({
    kind: z.literal('lose'),
    nodeId: z.string(),
    begun: z.boolean(),
    atMs: z.number(),
    /** Its saves were kept elsewhere than on that node. */
    saved: z.optional(z.boolean()),
  }),
  z.object({ kind: z.literal('start'), step: startStep }),
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('play'), atMs: z.number() }),
  z.object({ kind: z.literal('suspend'), graceEndsAtMs: z.number() }),
  z.object({ kind: z.literal('end'), reason: endReason, detail: z.nullable(z.string()), atMs: z.number() }),
])
export type SessionEvent = z.infer<typeof sessionEvent>

export type Transition =
  | { readonly ok: true; readonly state: SessionState }
  | { readonly ok: false; readonly refused: string }

const to = (state: SessionState): Transition => ({ ok: true, state })
const refuse = (state: SessionState, event: SessionEvent): Transition => ({
  ok: false,
  refused: `${event.kind} in ${state.kind}`,
})

/**
 * The one rule book of a session's life, shared by router and node:
 * `requested → placed → reserved → starting → ready → playing ⇄ suspended → ended(reason)`,
 * or `requested → waiting ⇄ held → reserved` where nothing is free. Who loses the node goes back to `requested`.
 * Everything but `ended` may end. A refused event changes nothing, so late and repeated messages are harmless.
 */
export function transition(state: SessionState, event: SessionEvent): Transition {
  if (state.kind === 'ended') return refuse(state, event)
  if (event.kind === 'end') {
    return to({ kind: 'ended', reason: event.reason, detail: event.detail, endedAtMs: event.atMs })
  }
  switch (state.kind) {
    case 'requested':
      if (event.kind === 'wait') return to({ ...event, kind: 'waiting' })
      return event.kind === 'place' ? to({ kind: 'placed', nodeId: event.nodeId }) : refuse(state, event)
    case 'waiting':
      if (event.kind === 'wait') return to({ ...event, kind: 'waiting' })
      return event.kind === 'hold' ? to({ ...placeOf(state), ...event, kind: 'held' }) : refuse(state, event)
    case 'held':
      if (event.kind === 'refuse') return to({ kind: 'waiting', ...placeOf(state) })
      return event.kind === 'confirm' ? to({ kind: 'reserved', ...seatOf(state) }) : refuse(state, event)
    case 'placed':
      if (event.kind === 'refuse') return to({ kind: 'requested' })
      if (event.kind !== 'reserve') return refuse(state, event)
      return to({ kind: 'reserved', nodeId: state.nodeId, leaseId: event.leaseId, fence: event.fence })
    case 'reserved':
    case 'starting':
    case 'ready':
    case 'playing':
    case 'suspended':
      return seatedTransition(state, event)
    default:
      return state satisfies never
  }
}

type Waiting = Extract<SessionState, { kind: 'waiting' | 'held' }>
type Seated = Extract<SessionState, { kind: 'reserved' | 'starting' | 'ready' | 'playing' | 'suspended' }>

const placeOf = ({ region, seatClass, sinceMs, budgetMs }: Waiting) => ({
  region,
  seatClass,
  sinceMs,
  budgetMs,
})
const seatOf = ({ nodeId, leaseId, fence }: Extract<SessionState, { leaseId: string }>) => ({
  nodeId,
  leaseId,
  fence,
})

function seatedTransition(state: Seated, event: SessionEvent): Transition {
  const seat = seatOf(state)
  const live = state.kind === 'ready' || state.kind === 'playing' || state.kind === 'suspended'
  switch (event.kind) {
    case 'start':
      return state.kind === 'reserved' || state.kind === 'starting'
        ? to({ kind: 'starting', ...seat, step: event.step })
        : refuse(state, event)
    case 'ready':
      return state.kind === 'starting' ? to({ kind: 'ready', ...seat }) : refuse(state, event)
    case 'play':
      return live ? to({ kind: 'playing', ...seat, sinceMs: event.atMs }) : refuse(state, event)
    case 'suspend':
      return live
        ? to({ kind: 'suspended', ...seat, graceEndsAtMs: event.graceEndsAtMs })
        : refuse(state, event)
    case 'refuse':
      return state.kind === 'reserved' ? to({ kind: 'requested' }) : refuse(state, event)
    case 'lose':
      return to({ kind: 'requested' })
    case 'place':
    case 'reserve':
    case 'wait':
    case 'hold':
    case 'confirm':
    case 'end':
      return refuse(state, event)
    default:
      return event satisfies never
  }
}

/** The error that an end amounts to, or null for an end that nobody has to be sorry about. */
export function endError(reason: EndReason, detail: string | null): WireError | null {
  switch (reason) {
    case 'player-ended':
    case 'game-exited':
    case 'grace-expired':
    case 'idle-timeout':
    case 'queue-left':
    case 'hold-expired':
      return null
    case 'node-stopped':
      return wireError('edge-gone')
    case 'game-crashed':
    case 'session-crashed':
    case 'start-failed':
    case 'start-timeout':
    case 'node-failed':
    case 'edge-gone':
    case 'no-node-online':
    case 'no-seat-free':
    case 'nothing-in-reach':
    case 'title-withdrawn':
    case 'saves-unavailable':
    case 'internal':
      return wireError(reason satisfies ErrorCode, detail === null ? [] : [detail])
    default:
      return reason satisfies never
  }
}
