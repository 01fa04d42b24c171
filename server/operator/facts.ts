import type { SessionState } from '../../config/protocol/session.ts'

/** A site as the fleet has it now. */
export interface SiteFacts {
  readonly id: string
  readonly name: string
  readonly lat: number | null
  readonly lon: number | null
  readonly region: string
  readonly nodes: number
  readonly draining: number
  /** Of nodes that take players, and those that are in use of all nodes. */
  readonly seats: number
  readonly seatsUsed: number
  /** Seats by the class of a title that they can run. */
  readonly seatsByClass: ReadonlyMap<string, number>
}

/** A session that has not ended, as far as the operator's view goes. */
export interface SessionFacts {
  readonly id: string
  readonly region: string
  readonly seatClass: string
  readonly kind: Exclude<SessionState['kind'], 'ended'>
  /** Null before it has a seat. */
  readonly siteId: string | null
  /** Null: nobody knows where the player is. */
  readonly cellId: string | null
  /** What it was placed by. */
  readonly rttMs: number | null
  /** In line: since when. */
  readonly waitingSinceMs: number | null
}

/** The network at one moment. */
export interface NetworkFacts {
  readonly atMs: number
  readonly sites: readonly SiteFacts[]
  readonly sessions: readonly SessionFacts[]
}
