/** A site as the fleet has it now. */
export interface SiteFacts {
  readonly id: string
  readonly name: string
  readonly lat: number | null
  readonly lon: number | null
  readonly region: string
  readonly nodes: number
  readonly draining: number
  /** Seats of nodes that take players, and those in use on nodes that take nobody new. */
  readonly seats: number
  readonly seatsUsed: number
  /** Seats by the class of a title that they can run. */
  readonly seatsByClass: ReadonlyMap<string, number>
}

/** A session that has not ended, as far as the operator's view goes. */
export interface SessionFacts {
  readonly region: string
  readonly seatClass: string
  /** Null in line. */
  readonly siteId: string | null
  /** Null: nobody knows where the player is. */
  readonly cellId: string | null
  /** What it was placed by. */
  readonly rttMs: number | null
  /** Since when it is in line; null: it is not. */
  readonly waitingSinceMs: number | null
}

/** Players of one place who are served from one site. */
export interface Link {
  readonly cellId: string | null
  readonly siteId: string
  sessions: number
  rttSumMs: number
  rttsKnown: number
}

/** All sessions, counted. Its size follows places, sites, regions and classes, not players. */
export interface Tally {
  sessions: number
  readonly links: Map<string, Link>
  /** By place. */
  readonly cells: Map<string, { sessions: number; waiting: number }>
  /** By `demandKey`. */
  readonly demand: Map<string, { playing: number; waiting: number; firstSinceMs: number }>
}

/** The network at one moment. */
export interface NetworkFacts {
  readonly atMs: number
  readonly sites: readonly SiteFacts[]
  readonly tally: Tally
}

export const demandKey = (region: string, seatClass: string): string => `${region}\n${seatClass}`
export function parseDemandKey(key: string): { readonly region: string; readonly seatClass: string } {
  const [region = '', seatClass = ''] = key.split('\n')
  return { region, seatClass }
}

export const emptyTally = (): Tally => ({
  sessions: 0,
  links: new Map(),
  cells: new Map(),
  demand: new Map(),
})

/** Counts one more. */
export function count(tally: Tally, session: SessionFacts): void {
  const { region, seatClass, cellId, siteId, rttMs, waitingSinceMs } = session
  const waits = waitingSinceMs !== null
  tally.sessions += 1
  const demand = entry(tally.demand, demandKey(region, seatClass), () => ({
    playing: 0,
    waiting: 0,
    firstSinceMs: Number.POSITIVE_INFINITY,
  }))
  if (waits) {
    demand.waiting += 1
    demand.firstSinceMs = Math.min(demand.firstSinceMs, waitingSinceMs)
  } else demand.playing += 1
  if (cellId !== null) {
    const cell = entry(tally.cells, cellId, () => ({ sessions: 0, waiting: 0 }))
    if (waits) cell.waiting += 1
    else cell.sessions += 1
  }
  if (siteId === null) return
  const link = entry(tally.links, `${cellId ?? ''}\n${siteId}`, () => ({
    cellId,
    siteId,
    sessions: 0,
    rttSumMs: 0,
    rttsKnown: 0,
  }))
  link.sessions += 1
  if (rttMs === null) return
  link.rttSumMs += rttMs
  link.rttsKnown += 1
}

function entry<T>(map: Map<string, T>, key: string, empty: () => T): T {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = empty()
  map.set(key, made)
  return made
}
