import type { SessionView } from '../../config/protocol/api.ts'
import type { CheckPart } from '../../config/protocol/check.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { Prospect } from '../queue/prospect.ts'
import type { StoredSession } from '../store/store.ts'
import type { SeatPast } from './again.ts'
import { createHeldSignals, type HeldSignals } from './heldSignals.ts'

/** A window that follows a session. */
export interface Window {
  onView(view: SessionView): void
  /** False when it cannot take the signal any more. */
  onSignal(signal: Signal): boolean
}
export interface Follower extends Window {
  /** Whose it is: 1 is the owner. */
  readonly player: number
}

/** What the router keeps in memory of a session that has not ended. `row` is what the store holds. */
export interface LiveSession {
  row: StoredSession
  readonly followers: Set<Follower>
  /** For a node that does not have the session yet, or is away for a moment. */
  readonly forNode: HeldSignals
  /** Who else plays, by guest, numbered from 2. */
  readonly players: Map<string, number>
  /** By number, for a player whose socket is away for a moment. */
  readonly forPlayers: Map<number, HeldSignals>
  /** The order to start is out, so the node knows the session. */
  startSent: boolean
  /** The node has named it on its present connection. */
  namedByNode: boolean
  past: SeatPast
  /** The one node that will do; null: any. */
  onlyNode: string | null
  /** Of one in which a version is checked. */
  checkPart: CheckPart
  /** Where its player came from; after a restart of the router another address of that network, or null when it was not in line. */
  ip: string | null
  readonly wait: WaitNotes
  /** Calls off the limit of the present state. */
  cancelTimer: (() => void) | null
  /** Runs tasks on this session one after the other: every change of `row` happens in one. */
  readonly run: <T>(task: () => Promise<T>) => Promise<T>
}

/** What is known of a session's wait for a seat, from one moment to the next. */
export interface WaitNotes {
  /** What there was when somebody last looked; null: nothing, or nobody looked yet. */
  prospect: Prospect | null
  lookedAtMs: number
  etaMs: number | null
  /** The same with the wider budget that is on offer. */
  widerEtaMs: number | null
  /** When a window of its player was last there. */
  seenAtMs: number
  /** A node is being asked for a seat for it, or the player's word is being carried out. */
  busy: Promise<void> | null
  /** Nodes that said no, and until when they are not asked again. */
  readonly refusedUntilMs: Map<string, number>
  /** The view that its windows have. */
  shown: string
}

export function newLive(row: StoredSession, past: SeatPast, nowMs: number): LiveSession {
  return {
    row,
    past,
    onlyNode: null,
    checkPart: 'play',
    ip: null,
    wait: {
      prospect: null,
      lookedAtMs: 0,
      etaMs: null,
      widerEtaMs: null,
      seenAtMs: nowMs,
      busy: null,
      refusedUntilMs: new Map(),
      shown: '',
    },
    followers: new Set(),
    forNode: createHeldSignals(64, 256 * 1024),
    players: new Map(),
    forPlayers: new Map(),
    startSent: false,
    namedByNode: false,
    cancelTimer: null,
    run: serial(),
  }
}

export function heldFor({ forPlayers }: LiveSession, player: number): HeldSignals {
  const held = forPlayers.get(player) ?? createHeldSignals(32, 128 * 1024)
  forPlayers.set(player, held)
  return held
}

export function serial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const next = last.then(task)
    last = next.catch(() => {})
    return next
  }
}

/** The node that has the session's seat, or one held for it; null before and after. */
export function nodeOf({ row: { state } }: LiveSession): string | null {
  return 'fence' in state ? state.nodeId : null
}
